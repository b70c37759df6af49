/** The flags that `run` and `create` have in common, and the CreateOpts that they make. */
import {
  type ConsoleSize,
  type CreateOpts,
  InvalidArgumentError,
  type Mount,
  marshalAny,
  typeUrls,
} from '@shiplog/core';
import {
  buildSpec,
  changeSpec,
  hostnameOf,
  loadBundleSpec,
  type OciSpec,
  parseMountFlag,
  type SpecChanges,
  splitRootfsMounts,
} from '@shiplog/oci';
import { type Command, Option } from 'commander';
import { accept } from '../accept.js';
import { collect, notEmpty } from '../flags.js';
import type { Session } from '../session.js';
import { addTerminalFlags, ioOf, type TerminalFlags, withConsoleSize } from '../terminal/terminal-flags.js';
import { addContainerFlags, type ContainerFlags, containerChanges, runtimeOptionsOf } from './container-flags.js';
import { addLimitFlags, type LimitFlags, limitsOf } from './limit-flags.js';
import { addNamespaceFlags, type NamespaceFlags, namespacesOf, type PidOf } from './namespace-flags.js';
import { addProcessFlags, type ProcessFlags, processOptions } from './process-flags.js';
import { parseRootfsFlag, type RootfsFlag } from './rootfs-flag.js';

export interface CreateFlags extends ProcessFlags, LimitFlags, TerminalFlags, ContainerFlags, NamespaceFlags {
  readonly runtime?: string;
  readonly sandbox?: string;
  readonly address?: string;
  readonly rootfs?: string;
  readonly bundle?: string;
  readonly mount?: readonly Mount[];
  readonly readOnly?: true;
  readonly logUri?: string;
}

/** In the bundle: where `CreateOpts.rootfs` is mounted. */
const mountedRoot = 'rootfs';

export function addCreateFlags(command: Command, env: NodeJS.ProcessEnv): void {
  command
    .option(
      '--runtime <id>',
      'io.containerd.crun.v1, or what has a containerd shim: see shiplog help runtimes',
      notEmpty,
    )
    .option('--sandbox <id>', 'tasks with the same one share a shim, where their runtime groups tasks', notEmpty)
    .option('--address <socket>', 'of a containerd Task API server that runs already: it gets the task', notEmpty)
    .addOption(
      new Option('--rootfs <dir>', 'the root file system; with :O behind it what is written goes with the task')
        .argParser(notEmpty)
        .conflicts('bundle'),
    )
    .option('--bundle <dir>', "an OCI bundle: its config.json says what CMD and the other flags don't", notEmpty);
  addProcessFlags(command, env);
  command.option(
    '--mount <mount>',
    'type=bind,source=DIR,target=DIR and more: see shiplog help mounts; on target=/ it makes the root file system',
    collect(parseMountFlag),
  );
  addContainerFlags(command);
  addNamespaceFlags(command);
  addLimitFlags(command);
  command.option('--read-only', 'let nothing write to the root file system');
  addTerminalFlags(command);
  command.addOption(
    new Option('--log-uri <uri>', 'where its output goes: file://PATH, fifo://PATH, binary://PATH?KEY=VALUE')
      .argParser(notEmpty)
      .conflicts(['interactive', 'tty']),
  );
}

export interface Surroundings {
  /** Whether somebody stays with the task who is the only one to write to its stdin. */
  readonly stays: boolean;
  /** The size of a terminal, where it is known. */
  readonly size: ConsoleSize | undefined;
  /** For namespaces of other tasks. */
  readonly pidOf: PidOf;
}

/** The tasks of the session's namespace. */
export function surroundingsOf({ shiplog, context, output }: Session, stays: boolean): Surroundings {
  const pidOf = (task: string): number | undefined => {
    const { state } = shiplog.runtime.state(task, context);
    return 'pid' in state && state.status !== 'stopped' && state.pid > 0 ? state.pid : undefined;
  };
  return { stays, size: output.size, pidOf };
}

/** @throws InvalidArgumentError if the flags do not go together, or say what makes no sense */
export function createOptsOf(
  id: string,
  args: readonly string[],
  flags: CreateFlags,
  { stays, size, pidOf }: Surroundings,
): CreateOpts {
  const { rootfs, inside } = splitRootfsMounts([
    ...(flags.mount ?? []),
    ...(flags.volume ?? []),
    ...(flags.tmpfs ?? []),
  ]);
  const root = flags.rootfs === undefined ? undefined : parseRootfsFlag(flags.rootfs);
  if (rootfs.length > 0 && (flags.rootfs ?? flags.bundle) !== undefined) {
    throw new InvalidArgumentError('the root file system is given twice: --rootfs or --bundle, and a --mount on /');
  }
  const { readOnly = false, tty: terminal = false } = flags;
  const namespaces = namespacesOf(flags, pidOf);
  const spec = specOf(id, flags.bundle, root, rootfs.length > 0, {
    ...processOptions(flags),
    ...containerChanges(flags),
    ...(args.length > 0 && { args }),
    ...(Object.keys(namespaces).length > 0 && { namespaces }),
    ...(flags.uidmap && { uidMappings: flags.uidmap }),
    ...(flags.gidmap && { gidMappings: flags.gidmap }),
    ...limitsOf(flags),
    ...{ mounts: inside, readOnly, terminal },
  });
  return {
    spec: marshalAny(typeUrls.spec, { ...spec, process: spec.process && withConsoleSize(spec.process, size) }),
    ...(flags.secret && { secrets: flags.secret }),
    rootfs: root ? root.mounts : rootfs,
    io: flags.logUri === undefined ? ioOf(flags, stays) : { stdout: flags.logUri },
    ...runtimeOptionsOf(flags),
    ...(flags.runtime !== undefined && { runtime: flags.runtime }),
    ...(flags.sandbox !== undefined && { sandboxId: flags.sandbox }),
    ...(flags.address !== undefined && { address: flags.address }),
  };
}

/** The same for a task that is to be made now: that its flags were refused is then in the log. */
export function acceptFlags(
  id: string,
  args: readonly string[],
  flags: CreateFlags,
  session: Session,
  { stays }: Pick<Surroundings, 'stays'>,
): Promise<CreateOpts> {
  return accept('CreateTask', id, session, () => createOptsOf(id, args, flags, surroundingsOf(session, stays)));
}

function specOf(
  id: string,
  bundle: string | undefined,
  root: RootfsFlag | undefined,
  rootIsMounted: boolean,
  changes: SpecChanges,
): OciSpec {
  if (bundle !== undefined) return changeSpec(loadBundleSpec(bundle), changes);
  if (!root && !rootIsMounted) {
    throw new InvalidArgumentError('there is no root file system: give --rootfs DIR, --bundle DIR, or a --mount on /');
  }
  const hostname = hostnameOf(id);
  const ownName = hostname !== '' && isPrivate(changes) && { hostname };
  const spec = buildSpec({ args: [], ...ownName, ...changes, rootfs: root?.folder ?? '' });
  // Users are looked up in the folder itself; the task gets what is mounted over it.
  return root?.mounts.length ? { ...spec, root: { ...spec.root, path: mountedRoot } } : spec;
}

function isPrivate({ namespaces }: SpecChanges): boolean {
  return namespaces?.uts === undefined || namespaces.uts === 'private';
}
