/** The flags that `run` and `create` have in common, and the CreateOpts that they make. */
import { resolve } from 'node:path';
import {
  type ConsoleSize,
  type CreateOpts,
  InvalidArgumentError,
  type Mount,
  marshalAny,
  typeUrls,
} from '@shiplog/core';
import { buildSpec, hostnameOf, loadBundleSpec, type OciSpec, parseMountFlag, splitRootfsMounts } from '@shiplog/oci';
import { type Command, Option } from 'commander';
import { accept } from '../accept.js';
import { collect, notEmpty } from '../flags.js';
import type { Session } from '../session.js';
import { addTerminalFlags, ioOf, type TerminalFlags, withConsoleSize } from '../terminal/terminal-flags.js';
import { changeSpec } from './change-spec.js';
import { addLimitFlags, type LimitFlags } from './limit-flags.js';
import { addProcessFlags, type ProcessFlags, processOptions } from './process-flags.js';

export interface CreateFlags extends ProcessFlags, LimitFlags, TerminalFlags {
  readonly runtime?: string;
  readonly rootfs?: string;
  readonly bundle?: string;
  readonly mount?: readonly Mount[];
  readonly readOnly?: true;
}

export function addCreateFlags(command: Command, env: NodeJS.ProcessEnv): void {
  command
    .option('--runtime <id>', 'io.containerd.runc.v2, io.containerd.crun.v1: see shiplog plugins', notEmpty)
    .addOption(new Option('--rootfs <dir>', 'the root file system').argParser(notEmpty).conflicts('bundle'))
    .option('--bundle <dir>', "an OCI bundle: its config.json says what CMD and the other flags don't", notEmpty);
  addProcessFlags(command, env);
  command.option(
    '--mount <mount>',
    'type=bind,source=DIR,target=DIR,options=rbind:ro; on target=/ it makes the root file system',
    collect(parseMountFlag),
  );
  addLimitFlags(command);
  command.option('--read-only', 'let nothing write to the root file system');
  addTerminalFlags(command);
}

export interface Surroundings {
  /** Whether somebody stays with the task who is the only one to write to its stdin. */
  readonly stays: boolean;
  /** The size of a terminal, where it is known. */
  readonly size: ConsoleSize | undefined;
}

/** @throws InvalidArgumentError if the flags do not go together, or say what makes no sense */
export function createOptsOf(
  id: string,
  args: readonly string[],
  flags: CreateFlags,
  { stays, size }: Surroundings = { stays: true, size: undefined },
): CreateOpts {
  const { rootfs, inside } = splitRootfsMounts(flags.mount ?? []);
  if (rootfs.length > 0 && (flags.rootfs ?? flags.bundle) !== undefined) {
    throw new InvalidArgumentError('the root file system is given twice: --rootfs or --bundle, and a --mount on /');
  }
  const spec = specOf(id, args, flags, inside, rootfs.length > 0);
  return {
    spec: marshalAny(typeUrls.spec, { ...spec, process: spec.process && withConsoleSize(spec.process, size) }),
    rootfs,
    io: ioOf(flags, stays),
    ...(flags.runtime !== undefined && { runtime: flags.runtime }),
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
  return accept('CreateTask', id, session, () => createOptsOf(id, args, flags, { stays, size: session.output.size }));
}

function specOf(
  id: string,
  args: readonly string[],
  flags: CreateFlags,
  mounts: readonly Mount[],
  rootIsMounted: boolean,
): OciSpec {
  const { bundle, rootfs, memory, cpus, pidsLimit, readOnly = false, tty: terminal = false } = flags;
  const changes = { ...processOptions(flags), mounts, memory, cpus, pidsLimit, readOnly, terminal };
  if (bundle !== undefined) return changeSpec(loadBundleSpec(bundle), args, changes);
  if (rootfs === undefined && !rootIsMounted) {
    throw new InvalidArgumentError('there is no root file system: give --rootfs DIR, --bundle DIR, or a --mount on /');
  }
  const hostname = hostnameOf(id);
  return buildSpec({
    ...changes,
    args,
    rootfs: rootfs === undefined ? '' : resolve(rootfs),
    ...(hostname !== '' && { hostname }),
  });
}
