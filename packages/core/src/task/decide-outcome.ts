/** The second half of `decide`: what the outcome of an open request adds to the log (rules D2 and D3 there). */
import { assertNever } from '../kernel/assert-never.js';
import type { OutcomeCommand, RecordDeleted, RecordDone, RecordFailed } from './commands.js';
import { append, type Decision, unchanged } from './decision.js';
import { type FailureCause, type TaskEvent, type TaskEventOf, unknownExitStatus } from './events.js';
import {
  commandOf,
  type ExecState,
  isPresent,
  type OpenRequest,
  openRequests,
  type PendingCommand,
  requestOf,
  type TaskState,
} from './state.js';

/** Which requests an outcome can be the outcome of. */
const answers = {
  RecordCreated: ['create'],
  RecordStarted: ['start', 'exec-start'],
  RecordUpdated: ['update'],
  RecordCheckpointed: ['checkpoint'],
  RecordDeleted: ['delete'],
  RecordDone: ['exec', 'kill', 'pause', 'resume', 'activate', 'deactivate', 'clean'],
} as const satisfies Record<Exclude<OutcomeCommand['type'], 'RecordFailed'>, readonly PendingCommand[]>;

/** @throws TypeError if the outcome cannot be one of its request: its caller is wrong, and must not be believed. */
export function decideOutcome(command: OutcomeCommand, state: TaskState): Decision {
  const open = openRequests(state).find((request) => requestOf(request).requestId === command.requestId);
  if (!open) return unchanged; // D3
  if (command.type === 'RecordFailed') return append(failure(command, command.cause, open, command.left));
  const asked = commandOf(open);
  if (!(answers[command.type] as readonly PendingCommand[]).includes(asked)) {
    throw new TypeError(`${command.type} is no outcome of ${asked}`);
  }
  switch (command.type) {
    case 'RecordCreated':
      if (state.status !== 'creating') return unchanged;
      return append({
        type: '/tasks/create',
        ...outcomeOf(command),
        bundle: state.bundle,
        rootfs: state.rootfs,
        io: state.io,
        checkpoint: state.checkpoint,
        pid: command.pid,
        certainty: command.certainty,
        evidence: command.evidence,
      });
    case 'RecordStarted': {
      const { pid, certainty, evidence } = command;
      if (open.scope === 'exec') {
        return append({
          type: '/tasks/exec-started',
          ...outcomeOf(command),
          execId: open.exec.execId,
          pid,
          certainty,
          evidence,
        });
      }
      return append({ type: '/tasks/start', ...outcomeOf(command), pid, certainty, evidence });
    }
    case 'RecordUpdated':
      return append({ type: '/tasks/updated', ...outcomeOf(command), resources: command.resources });
    case 'RecordCheckpointed':
      return append({ type: '/tasks/checkpointed', ...outcomeOf(command), checkpoint: command.checkpoint });
    case 'RecordDeleted':
      return deletion(command, open, state);
    case 'RecordDone':
      return done(command, open, state);
    default:
      return assertNever(command);
  }
}

function outcomeOf({ containerId, requestId }: OutcomeCommand) {
  return { containerId, requestId };
}

function done(command: RecordDone, open: OpenRequest, state: TaskState): Decision {
  const outcome = outcomeOf(command);
  switch (open.scope) {
    case 'kill': {
      const { execId, signal, all } = open.kill;
      return append({ type: '/tasks/signalled', ...outcome, execId, signal, all });
    }
    case 'mounts': {
      const { target, mounts } = open.set;
      return append(
        open.set.status === 'activating'
          ? { type: '/mounts/activated', ...outcome, target, mounts }
          : { type: '/mounts/deactivated', ...outcome, target, detached: command.detached ?? [] },
      );
    }
    case 'exec':
      return append({ type: '/tasks/exec-added', ...outcome, execId: open.exec.execId });
    case 'leftovers':
      return append({ type: '/recovery/cleaned', ...outcome });
    case 'task':
      return doneOnTask(command, open, state);
    default:
      return assertNever(open);
  }
}

const exitedMeanwhile: FailureCause = { code: 'failed-precondition', message: 'the task ended meanwhile' };

function doneOnTask(command: OutcomeCommand, open: OpenRequest & { scope: 'task' }, state: TaskState): Decision {
  const outcome = outcomeOf(command);
  switch (open.pending.command) {
    case 'pause':
      if (state.status !== 'pausing') return append(failure(command, exitedMeanwhile, open));
      return append({ type: '/tasks/paused', ...outcome });
    case 'resume':
      if (state.status !== 'paused') return append(failure(command, exitedMeanwhile, open));
      return append({ type: '/tasks/resumed', ...outcome });
    default:
      return unchanged;
  }
}

/** P2: whatever was running in the task has ended with it, so its exits stand in front of the delete. */
function deletion(command: RecordDeleted, open: OpenRequest, state: TaskState): Decision {
  if (!isPresent(state)) return unchanged;
  const { containerId } = command;
  const events: TaskEvent[] = [];
  const target = open.scope === 'exec' ? open.exec : state;
  const id = open.scope === 'exec' ? open.exec.execId : state.id;
  if (open.scope === 'task') {
    for (const exec of Object.values(state.execs))
      if (exec.status === 'running') events.push(endedWithTask(state.id, exec, command));
  }
  const started = target.status !== 'created' || open.scope === 'task';
  if (target.status !== 'stopped' && started) {
    if (command.exit.oomKilled && !state.oomKilled) events.push({ type: '/tasks/oom', containerId });
    events.push({ type: '/tasks/exit', containerId, id, ...command.exit });
  }
  const exit = target.status === 'stopped' ? target.exit : command.exit;
  events.push({ type: '/tasks/delete', ...outcomeOf(command), id, ...exit });
  return append(...events);
}

function endedWithTask(
  containerId: TaskEventOf<'/tasks/exit'>['containerId'],
  exec: ExecState & { status: 'running' },
  command: RecordDeleted,
): TaskEvent {
  return {
    type: '/tasks/exit',
    containerId,
    id: exec.execId,
    pid: exec.pid,
    exitStatus: unknownExitStatus,
    exitedAt: command.exit.exitedAt,
    certainty: 'unknown',
    evidence: 'its task was deleted',
    oomKilled: false,
  };
}

function failure(
  command: OutcomeCommand,
  cause: FailureCause,
  open: OpenRequest,
  left: RecordFailed['left'] = [],
): TaskEvent {
  const failed = { ...outcomeOf(command), code: cause.code, message: cause.message };
  switch (open.scope) {
    case 'kill':
      return { type: '/tasks/kill-failed', ...failed, execId: open.kill.execId };
    case 'mounts': {
      const { status, target } = open.set;
      if (status === 'activating') return { type: '/mounts/activate-failed', ...failed, target, left };
      return { type: '/mounts/deactivate-failed', ...failed, target };
    }
    case 'exec': {
      const { execId } = open.exec;
      if (open.pending.command === 'delete') return { type: '/tasks/delete-failed', ...failed, execId };
      const type = open.pending.command === 'exec' ? '/tasks/exec-failed' : '/tasks/exec-start-failed';
      return { type, ...failed, execId };
    }
    case 'leftovers':
      return { type: '/recovery/clean-failed', ...failed };
    case 'task':
      return taskFailure(open.pending.command, failed);
    default:
      return assertNever(open);
  }
}

function taskFailure(
  command: PendingCommand,
  failed: Pick<TaskEventOf<'/tasks/start-failed'>, 'containerId' | 'requestId' | 'code' | 'message'>,
): TaskEvent {
  switch (command) {
    case 'create':
    case 'start':
    case 'pause':
    case 'resume':
    case 'update':
    case 'checkpoint':
      return { type: `/tasks/${command}-failed`, ...failed };
    case 'delete':
      return { type: '/tasks/delete-failed', ...failed, execId: '' };
    case 'exec':
    case 'exec-start':
    case 'kill':
    case 'activate':
    case 'deactivate':
    case 'clean':
      throw new TypeError(`${command} is no request of a task`);
    default:
      return assertNever(command);
  }
}
