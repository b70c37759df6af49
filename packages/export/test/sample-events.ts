/** One event of every topic, in its present shape; a topic that is missing here does not compile. */
import type { LogRecord, LogTopic, shredTopics, TaskEventOf, TaskTopic, Timestamp } from '@shiplog/core';

type Payloads = { readonly [T in TaskTopic]: Omit<TaskEventOf<T>, 'type'> };
type Branded<T> = T extends string
  ? string
  : T extends readonly (infer I)[]
    ? readonly Branded<I>[]
    : T extends object
      ? { readonly [K in keyof T]: Branded<T[K]> }
      : T;

const task = { containerId: 'web' };
const exec = { ...task, execId: 'probe' };
const owner = { pid: 7, startTime: 4711, bootId: 'f3b1c5a0-5f4e-4f0a-9a55-0b4d1c6f2b11' };
const request = { requestId: 'r1', owner };
const outcome = { requestId: 'r1' };
const failure = { requestId: 'r1', code: 'unknown', message: 'runc: no such file' } as const;
const seen = { certainty: 'observed', evidence: '' } as const;
const blob = {
  typeUrl: 'types.containerd.io/opencontainers/runtime-spec/1/Spec',
  sha256: 'ab'.repeat(32),
  secrets: 'cd'.repeat(32),
};
const mounts = [{ type: 'bind', source: '/srv', target: '', options: ['rbind', 'ro'] }];
const io = { stdin: '', stdout: 'file:///tmp/out', stderr: '', terminal: false };
const exit = { pid: 42, exitStatus: 137, exitedAt: '2026-01-01T00:00:01.500000000Z', ...seen, oomKilled: true };

export const samplePayloads = {
  '/tasks/create-requested': {
    ...task,
    ...request,
    runtime: 'io.containerd.runc.v2',
    bundle: '/run/shiplog/b',
    spec: blob,
    rootfs: mounts,
    io,
    checkpoint: '',
    restoreFromPath: false,
    runtimeOptions: null,
    taskOptions: blob,
    sandboxId: '',
    address: '',
    version: 2,
  },
  '/tasks/create': { ...task, ...outcome, bundle: '/b', rootfs: mounts, io, checkpoint: '', pid: 42, ...seen },
  '/tasks/create-failed': { ...task, ...failure },
  '/tasks/start-requested': { ...task, ...request },
  '/tasks/start': { ...task, ...outcome, ...seen, pid: 42 },
  '/tasks/start-failed': { ...task, ...failure },
  '/tasks/exec-requested': { ...exec, ...request, spec: blob, io },
  '/tasks/exec-added': { ...exec, ...outcome },
  '/tasks/exec-failed': { ...exec, ...failure },
  '/tasks/exec-start-requested': { ...exec, ...request },
  '/tasks/exec-started': { ...exec, ...outcome, ...seen, pid: 43 },
  '/tasks/exec-start-failed': { ...exec, ...failure },
  '/tasks/kill-requested': { ...task, execId: '', ...request, signal: 15, all: false },
  '/tasks/signalled': { ...task, execId: '', ...outcome, signal: 15, all: false },
  '/tasks/kill-failed': { ...task, execId: '', ...failure },
  '/tasks/pause-requested': { ...task, ...request },
  '/tasks/paused': { ...task, ...outcome },
  '/tasks/pause-failed': { ...task, ...failure },
  '/tasks/resume-requested': { ...task, ...request },
  '/tasks/resumed': { ...task, ...outcome },
  '/tasks/resume-failed': { ...task, ...failure },
  '/tasks/update-requested': { ...task, ...request, resources: blob },
  '/tasks/updated': { ...task, ...outcome, resources: blob },
  '/tasks/update-failed': { ...task, ...failure },
  '/tasks/checkpoint-requested': { ...task, ...request, checkpoint: '/srv/c', options: null },
  '/tasks/checkpointed': { ...task, ...outcome, checkpoint: '/srv/c' },
  '/tasks/checkpoint-failed': { ...task, ...failure },
  '/tasks/exit': { ...task, id: 'web', ...exit },
  '/tasks/oom': task,
  '/tasks/delete-requested': { ...task, execId: '', ...request },
  '/tasks/delete': { ...task, ...outcome, id: 'probe', ...exit },
  '/tasks/delete-failed': { ...task, execId: '', ...failure },
  '/tasks/rejected': { ...task, execId: '', command: 'StartTask', code: 'not-found', message: 'there is no task web' },
  '/recovery/claimed': { ...task, ...request },
  '/recovery/clean-requested': { ...task, ...request, runtime: 'io.containerd.runc.v2', found: ['bundle /run/b'] },
  '/recovery/cleaned': { ...task, ...outcome },
  '/recovery/clean-failed': { ...task, ...failure },
  '/mounts/activate-requested': { ...task, ...request, target: '/run/shiplog/rootfs', mounts },
  '/mounts/activated': { ...task, ...outcome, target: '/run/shiplog/rootfs', mounts },
  '/mounts/activate-failed': { ...task, ...failure, target: '/run/shiplog/rootfs', left: ['/a'] },
  '/mounts/deactivate-requested': { ...task, ...request, target: '/run/shiplog/rootfs' },
  '/mounts/deactivated': { ...task, ...outcome, target: '/run/shiplog/rootfs', detached: [] },
  '/mounts/deactivate-failed': { ...task, ...failure, target: '/run/shiplog/rootfs' },
} as const satisfies Branded<Payloads>;

/** Those of the system's stream, likewise. */
export const systemPayloads = {
  '/audit/shred-requested': { ...request, payloads: [blob], tasks: ['default/web'], reason: 'CHG-7' },
  '/audit/shredded': { ...outcome, payloads: [blob], tasks: ['default/web'], reason: 'CHG-7' },
  '/audit/shred-failed': failure,
  '/audit/archived': {
    ...outcome,
    first: 1,
    last: 16384,
    folder: '/var/lib/shiplog/archives',
    file: 'f3b1c5a0-0000000000000001-0000000000016384-abababababababab.jsonl.gz',
    bytes: 1_000_000,
    sha256: 'ab'.repeat(32),
    payloadFile: '',
    folds: ['tasks 4'],
  },
  '/audit/backup-requested': { ...request, folder: '/srv/backup', withKey: false },
  '/audit/backed-up': { ...outcome, folder: '/srv/backup', size: 40 },
  '/audit/backup-failed': failure,
} as const satisfies { readonly [T in (typeof shredTopics)[number] | LogTopic]: object };

export const actor = {
  uid: 0,
  gid: 0,
  pid: 900,
  loginUid: 1000,
  command: 'shiplog run web',
  argv: ['shiplog', 'run', '--env', 'KEY=***', 'web', '...'],
  ticket: 'CHG-7',
  user: 'ada',
  requestId: 'r1',
};

/** A record of the log, of this type unless told otherwise. */
export function recordOf(type: string, event: object, more: Partial<LogRecord> = {}): LogRecord {
  return {
    position: 12,
    namespace: 'default',
    task: 'web',
    version: 3,
    type,
    schema: 1,
    time: '2026-01-01T00:00:02.123456789Z' as Timestamp,
    actor,
    runtime: 'io.containerd.runc.v2',
    runtimeVersion: '0.1.0',
    correlationId: 'r1',
    causation: 11,
    event: event as LogRecord['event'],
    ...more,
  };
}

/** What this program does not know, and what is about no task. */
export const strangers: readonly LogRecord[] = [
  recordOf('/plugins/of-a-later-version', { some: [1, { deep: true }] }),
  recordOf('constructor', { toString: 'x', id: 7, pid: -1, target: 5 }),
  recordOf('/tasks/exit', {}),
  recordOf('/mounts/activated', { target: '' }),
  recordOf('/tasks/rejected', { command: 'CreateTask' }, { namespace: '', task: '', correlationId: '', causation: 0 }),
  recordOf('\u0000\ud800', {}, { time: 'yesterday' as Timestamp, correlationId: '\u0007' }),
];
