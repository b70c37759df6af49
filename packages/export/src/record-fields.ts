/** The fields of every event, as docs/events.md has them. An event of core without an entry here does not compile. */
import type { LogEventPayloads, LogTopic, shredTopics, TaskEventOf, TaskTopic } from '@shiplog/core';

export type FieldType =
  | 'blob'
  | 'blob or null'
  | 'certainty'
  | 'count'
  | 'flag'
  | 'mounts'
  | 'owner'
  | 'payloads'
  | 'status'
  | 'stdio'
  | 'text'
  | 'texts'
  | 'time';

type Fields<T extends TaskTopic> = Readonly<Record<Exclude<keyof TaskEventOf<T>, 'type'>, FieldType>>;

const task = { containerId: 'text' } as const;
const process = { ...task, execId: 'text' } as const;
const request = { requestId: 'text', owner: 'owner' } as const;
const outcome = { requestId: 'text' } as const;
const failure = { requestId: 'text', code: 'text', message: 'text' } as const;
const knowledge = { certainty: 'certainty', evidence: 'text' } as const;
const exit = {
  id: 'text',
  pid: 'count',
  exitStatus: 'status',
  exitedAt: 'time',
  ...knowledge,
  oomKilled: 'flag',
} as const;
const created = { bundle: 'text', rootfs: 'mounts', io: 'stdio', checkpoint: 'text' } as const;

export const eventFields = {
  '/tasks/create-requested': {
    ...task,
    ...request,
    ...created,
    runtime: 'text',
    spec: 'blob',
    restoreFromPath: 'flag',
    runtimeOptions: 'blob or null',
    taskOptions: 'blob or null',
    sandboxId: 'text',
    address: 'text',
    version: 'count',
  },
  '/tasks/create': { ...task, ...outcome, ...created, pid: 'count', ...knowledge },
  '/tasks/create-failed': { ...task, ...failure },
  '/tasks/start-requested': { ...task, ...request },
  '/tasks/start': { ...task, ...outcome, ...knowledge, pid: 'count' },
  '/tasks/start-failed': { ...task, ...failure },
  '/tasks/exec-requested': { ...process, ...request, spec: 'blob', io: 'stdio' },
  '/tasks/exec-added': { ...process, ...outcome },
  '/tasks/exec-failed': { ...process, ...failure },
  '/tasks/exec-start-requested': { ...process, ...request },
  '/tasks/exec-started': { ...process, ...outcome, ...knowledge, pid: 'count' },
  '/tasks/exec-start-failed': { ...process, ...failure },
  '/tasks/kill-requested': { ...process, ...request, signal: 'count', all: 'flag' },
  '/tasks/signalled': { ...process, ...outcome, signal: 'count', all: 'flag' },
  '/tasks/kill-failed': { ...process, ...failure },
  '/tasks/pause-requested': { ...task, ...request },
  '/tasks/paused': { ...task, ...outcome },
  '/tasks/pause-failed': { ...task, ...failure },
  '/tasks/resume-requested': { ...task, ...request },
  '/tasks/resumed': { ...task, ...outcome },
  '/tasks/resume-failed': { ...task, ...failure },
  '/tasks/update-requested': { ...task, ...request, resources: 'blob' },
  '/tasks/updated': { ...task, ...outcome, resources: 'blob' },
  '/tasks/update-failed': { ...task, ...failure },
  '/tasks/checkpoint-requested': { ...task, ...request, checkpoint: 'text', options: 'blob or null' },
  '/tasks/checkpointed': { ...task, ...outcome, checkpoint: 'text' },
  '/tasks/checkpoint-failed': { ...task, ...failure },
  '/tasks/exit': { ...task, ...exit },
  '/tasks/oom': task,
  '/tasks/delete-requested': { ...process, ...request },
  '/tasks/delete': { ...task, ...outcome, ...exit },
  '/tasks/delete-failed': { ...process, ...failure },
  '/tasks/rejected': { ...process, command: 'text', code: 'text', message: 'text' },
  '/recovery/claimed': { ...task, ...request },
  '/recovery/clean-requested': { ...task, ...request, runtime: 'text', found: 'texts' },
  '/recovery/cleaned': { ...task, ...outcome },
  '/recovery/clean-failed': { ...task, ...failure },
  '/mounts/activate-requested': { ...task, ...request, target: 'text', mounts: 'mounts' },
  '/mounts/activated': { ...task, ...outcome, target: 'text', mounts: 'mounts' },
  '/mounts/activate-failed': { ...task, ...failure, target: 'text', left: 'texts' },
  '/mounts/deactivate-requested': { ...task, ...request, target: 'text' },
  '/mounts/deactivated': { ...task, ...outcome, target: 'text', detached: 'texts' },
  '/mounts/deactivate-failed': { ...task, ...failure, target: 'text' },
} as const satisfies { readonly [T in TaskTopic]: Fields<T> };

/** The same of the events in the system's stream. */
export const systemFields = {
  '/audit/shred-requested': { ...request, payloads: 'payloads', tasks: 'texts', reason: 'text' },
  '/audit/shredded': { ...outcome, payloads: 'payloads', tasks: 'texts', reason: 'text' },
  '/audit/shred-failed': failure,
  '/audit/archived': {
    ...outcome,
    first: 'count',
    last: 'count',
    folder: 'text',
    file: 'text',
    bytes: 'count',
    sha256: 'text',
    payloadFile: 'text',
    folds: 'texts',
  },
  '/audit/backup-requested': { ...request, folder: 'text', withKey: 'flag' },
  '/audit/backed-up': { ...outcome, folder: 'text', size: 'count' },
  '/audit/backup-failed': failure,
} as const satisfies { readonly [T in (typeof shredTopics)[number]]: Readonly<Record<string, FieldType>> } & {
  readonly [T in LogTopic]: Readonly<Record<keyof LogEventPayloads[T], FieldType>>;
};

/** The version of an event's shape that a field came with, where it is not the first. */
export const fieldsSince: Partial<Record<TaskTopic | LogTopic, Readonly<Record<string, number>>>> = {
  '/mounts/activate-failed': { left: 2 },
  '/mounts/deactivated': { detached: 2 },
  '/audit/archived': { folds: 2 },
};
