/** The flags of namespaces, and who is found behind `container:TASK`. */
import { FailedPreconditionError, NotFoundError } from '@shiplog/core';
import {
  type NamespaceChoices,
  type NamespaceMode,
  namespaceFiles,
  parseIdMapping,
  parseNamespaceMode,
  parseNamespacePath,
} from '@shiplog/oci';
import type { Command } from 'commander';
import { collect } from '../flags.js';

export interface NamespaceFlags {
  readonly pid?: NamespaceMode;
  readonly ipc?: NamespaceMode;
  readonly uts?: NamespaceMode;
  readonly network?: NamespaceMode;
  readonly userns?: NamespaceMode;
  readonly cgroupns?: NamespaceMode;
  readonly netHost?: true;
  readonly withNs?: readonly ReturnType<typeof parseNamespacePath>[];
  readonly uidmap?: readonly ReturnType<typeof parseIdMapping>[];
  readonly gidmap?: readonly ReturnType<typeof parseIdMapping>[];
}

const modes = 'host, private, container:TASK, ns:PATH';

export function addNamespaceFlags(command: Command): void {
  command
    .option('--network <mode>', `the network: none, ${modes}`, parseNamespaceMode)
    .option('--net-host', 'the same as --network host')
    .option('--pid <mode>', `the processes that it sees: ${modes}`, parseNamespaceMode)
    .option('--ipc <mode>', `shared memory and message queues: ${modes}`, parseNamespaceMode)
    .option('--uts <mode>', `the host name: ${modes}`, parseNamespaceMode)
    .option('--cgroupns <mode>', `the cgroups that it sees: ${modes}`, parseNamespaceMode)
    .option('--userns <mode>', `its users: ${modes}; private takes --uidmap`, parseNamespaceMode)
    .option('--with-ns <type:path>', 'a namespace that is there: network:/proc/1/ns/net', collect(parseNamespacePath))
    .option('--uidmap <container:host:count>', 'users of the container on the host', collect(parseIdMapping))
    .option('--gidmap <container:host:count>', 'groups of the container on the host', collect(parseIdMapping));
}

/** The pid of a task that is there; undefined where it has none, or is not there. */
export type PidOf = (task: string) => number | undefined;

/**
 * @throws NotFoundError | FailedPreconditionError if a namespace is that of a task which is not there, or has ended
 */
export function namespacesOf(flags: NamespaceFlags, pidOf: PidOf): NamespaceChoices {
  const { pid, ipc, uts, userns, cgroupns, netHost, withNs = [] } = flags;
  const network = flags.network ?? (netHost && 'host');
  const said = { pid, ipc, uts, network, user: userns, cgroup: cgroupns } as const;
  const choices: Record<string, NamespaceChoices[keyof NamespaceChoices]> = {};
  for (const { type, path } of withNs) choices[type] = { path };
  for (const type of Object.keys(said) as (keyof typeof said)[]) {
    const mode = said[type];
    if (mode === undefined) continue;
    choices[type] = typeof mode === 'object' && 'task' in mode ? { path: pathOf(mode.task, type, pidOf) } : mode;
  }
  if (choices.user === 'private' && !flags.uidmap && !flags.gidmap) {
    throw new FailedPreconditionError('a user namespace of its own needs its users: give --uidmap 0:100000:65536');
  }
  return choices;
}

function pathOf(task: string, type: keyof typeof namespaceFiles, pidOf: PidOf): string {
  const pid = pidOf(task);
  if (pid === undefined) {
    throw new NotFoundError(`task ${task} has no namespace to share: it is not there, or has ended; start it first`, {
      details: { task },
    });
  }
  return `/proc/${pid}/ns/${namespaceFiles[type]}`;
}
