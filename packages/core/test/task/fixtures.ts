/** One task, `web`, with one exec, `shell`: every event and command of its life, as plain values. */
import { parseTimestamp } from '../../src/kernel/clock.js';
import { parseExecId, parseRuntimeId, parseSha256, parseTaskId } from '../../src/kernel/identifiers.js';
import type { ProcessIdentity } from '../../src/kernel/process-identity.js';
import { typeUrls } from '../../src/kernel/typed-any.js';
import type { TaskCommand } from '../../src/task/commands.js';
import type {
  BlobRef,
  ExitRecord,
  FailureCause,
  Stdio,
  TaskEvent,
  TaskEventOf,
  TaskTopic,
} from '../../src/task/events.js';
import type { PendingCommand } from '../../src/task/state.js';

export const containerId = parseTaskId('web');
export const shell = parseExecId('shell');
export const target = '/run/shiplog/web/rootfs';

/** Whoever asked first, and somebody else. */
export const owner: ProcessIdentity = { pid: 10, startTime: 1000, bootId: 'boot' };
export const other: ProcessIdentity = { pid: 20, startTime: 2000, bootId: 'boot' };

export const time = parseTimestamp('2026-01-31T12:00:00Z');
export const blob: BlobRef = { typeUrl: typeUrls.spec, sha256: parseSha256('ab'.repeat(32)) };
export const io: Stdio = { stdin: '', stdout: '', stderr: '', terminal: false };
export const cause: FailureCause = { code: 'unavailable', message: 'no such luck' };

export const taskPid = 100;
export const shellPid = 200;
export const taskExit: ExitRecord = {
  pid: taskPid,
  exitStatus: 7,
  exitedAt: time,
  certainty: 'observed',
  evidence: '',
  oomKilled: false,
};
export const shellExit: ExitRecord = {
  pid: shellPid,
  exitStatus: 3,
  exitedAt: time,
  certainty: 'observed',
  evidence: '',
  oomKilled: false,
};

const origin = {
  runtime: parseRuntimeId('io.containerd.runc.v2'),
  bundle: '/run/shiplog/web',
  spec: blob,
  rootfs: [],
  io,
  checkpoint: '',
  restoreFromPath: false,
  runtimeOptions: null,
  taskOptions: null,
  sandboxId: '',
  address: '',
  version: 0,
} as const;

/** The ID of the request that asks for it. */
export const requestIdOf = (command: PendingCommand): string => `${command}-1`;

type Payload<T extends TaskTopic> = Omit<TaskEventOf<T>, 'type' | 'containerId'>;

export function event<T extends TaskTopic>(type: T, payload: Payload<T>): TaskEvent {
  return { type, containerId, ...payload } as unknown as TaskEvent;
}

const asked = (command: PendingCommand) => ({ requestId: requestIdOf(command), owner });
const settled = (command: PendingCommand) => ({ requestId: requestIdOf(command) });

/** The events of requests, by what is asked for. */
export const requested = {
  create: event('/tasks/create-requested', { ...asked('create'), ...origin }),
  start: event('/tasks/start-requested', asked('start')),
  exec: event('/tasks/exec-requested', { ...asked('exec'), execId: shell, spec: blob, io }),
  'exec-start': event('/tasks/exec-start-requested', { ...asked('exec-start'), execId: shell }),
  pause: event('/tasks/pause-requested', asked('pause')),
  resume: event('/tasks/resume-requested', asked('resume')),
  update: event('/tasks/update-requested', { ...asked('update'), resources: blob }),
  checkpoint: event('/tasks/checkpoint-requested', { ...asked('checkpoint'), checkpoint: '/c', options: null }),
  delete: event('/tasks/delete-requested', { ...asked('delete'), execId: '' }),
  kill: event('/tasks/kill-requested', { ...asked('kill'), execId: '', signal: 15, all: false }),
  activate: event('/mounts/activate-requested', { ...asked('activate'), target, mounts: [] }),
  deactivate: event('/mounts/deactivate-requested', { ...asked('deactivate'), target }),
  clean: event('/recovery/clean-requested', { ...asked('clean'), runtime: origin.runtime, found: ['bundle /b'] }),
} as const satisfies Record<PendingCommand, TaskEvent>;

/** The events of their success. */
export const done = {
  create: event('/tasks/create', {
    ...settled('create'),
    bundle: origin.bundle,
    rootfs: [],
    io,
    checkpoint: '',
    pid: taskPid,
    certainty: 'observed',
    evidence: '',
  }),
  start: event('/tasks/start', { ...settled('start'), pid: taskPid, certainty: 'observed', evidence: '' }),
  exec: event('/tasks/exec-added', { ...settled('exec'), execId: shell }),
  'exec-start': event('/tasks/exec-started', {
    ...settled('exec-start'),
    execId: shell,
    pid: shellPid,
    certainty: 'observed',
    evidence: '',
  }),
  pause: event('/tasks/paused', settled('pause')),
  resume: event('/tasks/resumed', settled('resume')),
  update: event('/tasks/updated', { ...settled('update'), resources: blob }),
  checkpoint: event('/tasks/checkpointed', { ...settled('checkpoint'), checkpoint: '/c' }),
  delete: event('/tasks/delete', { ...settled('delete'), id: containerId, ...taskExit }),
  kill: event('/tasks/signalled', { ...settled('kill'), execId: '', signal: 15, all: false }),
  activate: event('/mounts/activated', { ...settled('activate'), target, mounts: [] }),
  deactivate: event('/mounts/deactivated', { ...settled('deactivate'), target, detached: [] }),
  clean: event('/recovery/cleaned', settled('clean')),
} as const satisfies Record<PendingCommand, TaskEvent>;

const lost = (command: PendingCommand) => ({ ...settled(command), ...cause });

/** The events of their failure. */
export const failed = {
  create: event('/tasks/create-failed', lost('create')),
  start: event('/tasks/start-failed', lost('start')),
  exec: event('/tasks/exec-failed', { ...lost('exec'), execId: shell }),
  'exec-start': event('/tasks/exec-start-failed', { ...lost('exec-start'), execId: shell }),
  pause: event('/tasks/pause-failed', lost('pause')),
  resume: event('/tasks/resume-failed', lost('resume')),
  update: event('/tasks/update-failed', lost('update')),
  checkpoint: event('/tasks/checkpoint-failed', lost('checkpoint')),
  delete: event('/tasks/delete-failed', { ...lost('delete'), execId: '' }),
  kill: event('/tasks/kill-failed', { ...lost('kill'), execId: '' }),
  activate: event('/mounts/activate-failed', { ...lost('activate'), target, left: [] }),
  deactivate: event('/mounts/deactivate-failed', { ...lost('deactivate'), target }),
  clean: event('/recovery/clean-failed', lost('clean')),
} as const satisfies Record<PendingCommand, TaskEvent>;

export const exited = event('/tasks/exit', { id: containerId, ...taskExit });
export const shellExited = event('/tasks/exit', { id: shell, ...shellExit });
export const oom = event('/tasks/oom', {});

const ask = (requestId: string) => ({ containerId, requestId, owner: other });

/** A command of each type, as somebody else sends it; outcomes answer the request of the ID given. */
export function commandOf(type: TaskCommand['type'], requestId = 'request-2'): TaskCommand {
  const outcome = { containerId, requestId };
  const commands = {
    CreateTask: { type: 'CreateTask', ...ask(requestId), ...origin },
    StartTask: { type: 'StartTask', ...ask(requestId) },
    AddExec: { type: 'AddExec', ...ask(requestId), execId: parseExecId('another'), spec: blob, io },
    StartExec: { type: 'StartExec', ...ask(requestId), execId: shell },
    KillProcess: { type: 'KillProcess', ...ask(requestId), execId: '', signal: 15, all: false },
    PauseTask: { type: 'PauseTask', ...ask(requestId) },
    ResumeTask: { type: 'ResumeTask', ...ask(requestId) },
    UpdateTask: { type: 'UpdateTask', ...ask(requestId), resources: blob },
    CheckpointTask: { type: 'CheckpointTask', ...ask(requestId), checkpoint: '/c', options: null },
    DeleteProcess: { type: 'DeleteProcess', ...ask(requestId), execId: '' },
    ActivateMounts: { type: 'ActivateMounts', ...ask(requestId), target, mounts: [] },
    DeactivateMounts: { type: 'DeactivateMounts', ...ask(requestId), target },
    CleanUp: { type: 'CleanUp', ...ask(requestId), runtime: origin.runtime, found: ['bundle /run/shiplog/web'] },
    ClaimRequest: { type: 'ClaimRequest', ...ask(requestId), from: owner },
    RecordCreated: { type: 'RecordCreated', ...outcome, pid: taskPid, certainty: 'observed', evidence: '' },
    RecordStarted: { type: 'RecordStarted', ...outcome, pid: taskPid, certainty: 'observed', evidence: '' },
    RecordUpdated: { type: 'RecordUpdated', ...outcome, resources: blob },
    RecordCheckpointed: { type: 'RecordCheckpointed', ...outcome, checkpoint: '/c' },
    RecordDone: { type: 'RecordDone', ...outcome },
    RecordDeleted: { type: 'RecordDeleted', ...outcome, exit: taskExit },
    RecordFailed: { type: 'RecordFailed', ...outcome, cause },
    RecordExit: { type: 'RecordExit', containerId, execId: '', exit: taskExit },
    RecordOom: { type: 'RecordOom', containerId },
    RecordRejected: { type: 'RecordRejected', containerId, execId: '', command: 'StartTask', cause },
  } as const satisfies { readonly [T in TaskCommand['type']]: TaskCommand & { readonly type: T } };
  return commands[type];
}

/** The same command or event with other members. */
export function changed<T extends TaskCommand | TaskEvent>(said: T, members: object): T {
  return { ...said, ...members };
}
