/** The part of `decide` for what was noticed rather than asked for: exits, kills for want of memory and refusals (rule D2 there). */
import { assertNever } from '../kernel/assert-never.js';
import type { NoticeCommand, RecordExit } from './commands.js';
import { append, type Decision, unchanged, waitFor } from './decision.js';
import type { TaskEvent, TaskEventOf } from './events.js';
import { execOf, isPresent, type PresentTask, type TaskState } from './state.js';

export function decideNotice(command: NoticeCommand, state: TaskState): Decision {
  switch (command.type) {
    case 'RecordExit':
      if (state.status === 'creating') return waitFor(state.pending); // D2
      if (!isPresent(state)) return unchanged;
      return command.execId === '' ? taskExit(command, state) : execExit(command, state);
    case 'RecordOom':
      if (state.status === 'creating') return waitFor(state.pending); // D2
      if (!isPresent(state) || state.status === 'stopped' || state.oomKilled) return unchanged;
      return append(...oomOnce(state));
    case 'RecordRejected':
      return append({
        type: '/tasks/rejected',
        containerId: command.containerId,
        execId: command.execId,
        command: command.command,
        code: command.cause.code,
        message: command.cause.message,
      });
    default:
      return assertNever(command);
  }
}

function taskExit(command: RecordExit, task: PresentTask): Decision {
  if (task.pending && (task.pending.command === 'start' || task.pending.command === 'checkpoint')) {
    return waitFor(task.pending); // D2
  }
  if (task.status === 'stopped' || isOfAnother(command, task.pid)) return unchanged;
  const exit = exitEvent(command, task.id);
  return command.exit.oomKilled ? append(...oomOnce(task), exit) : append(exit);
}

/** Once in a task's life, whoever notices it, and in whichever of its processes. */
function oomOnce(task: PresentTask): readonly TaskEvent[] {
  return task.oomKilled ? [] : [{ type: '/tasks/oom', containerId: task.id }];
}

function execExit(command: RecordExit, task: PresentTask): Decision {
  const exec = command.execId === '' ? undefined : execOf(task, command.execId);
  if (exec?.pending?.command === 'exec-start') return waitFor(exec.pending); // D2
  if (exec?.status !== 'running' || isOfAnother(command, exec.pid)) return unchanged; // D2
  const exit = exitEvent(command, exec.execId);
  const oom = command.exit.oomKilled && task.status !== 'stopped' ? oomOnce(task) : [];
  return append(...oom, exit);
}

/** A task or an exec of that name may have been deleted and made anew since: the exit is its forerunner's (P4). */
function isOfAnother({ exit }: RecordExit, pid: number): boolean {
  return exit.pid !== 0 && pid !== 0 && exit.pid !== pid;
}

function exitEvent(command: RecordExit, id: TaskEventOf<'/tasks/exit'>['id']): TaskEventOf<'/tasks/exit'> {
  return {
    type: '/tasks/exit',
    containerId: command.containerId,
    id,
    ...command.exit,
  };
}
