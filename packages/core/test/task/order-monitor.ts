/**
 * P2 and P3 as a monitor that knows nothing of `evolve`: it reads a stream and says what is wrong with it.
 */
import type { TaskEvent } from '../../src/task/events.js';

interface Life {
  started: boolean;
  exited: boolean;
}

export interface Verdict {
  readonly complaints: readonly string[];
  /** Requests without an outcome, in order. */
  readonly open: readonly string[];
}

export function judge(events: readonly TaskEvent[]): Verdict {
  const complaints: string[] = [];
  const open = new Set<string>();
  let task: Life | undefined;
  let execs = new Map<string, Life>();
  let checkpoint: string | undefined;

  const demand = (holds: boolean, event: TaskEvent, what: string) => {
    if (!holds) complaints.push(`${event.type}: ${what}`);
  };

  for (const event of events) {
    if (event.type.endsWith('-requested') && 'requestId' in event) {
      demand(!open.has(event.requestId), event, 'asked for twice');
      open.add(event.requestId);
    } else if ('requestId' in event && event.type !== '/recovery/claimed') {
      demand(open.delete(event.requestId), event, 'an outcome without an open request (P3)');
    }

    if (event.type === '/tasks/checkpoint-requested') checkpoint = event.requestId;
    else if ('requestId' in event && event.requestId === checkpoint && event.type !== '/recovery/claimed')
      checkpoint = undefined;

    switch (event.type) {
      case '/tasks/create':
        demand(task === undefined, event, 'there is one already');
        task = { started: false, exited: false };
        execs = new Map();
        break;
      case '/tasks/start':
        demand(task !== undefined && !task.started && !task.exited, event, 'not created, or started or ended before');
        if (task) task.started = true;
        break;
      case '/tasks/paused':
      case '/tasks/resumed':
        demand(task?.started === true && !task.exited, event, 'the task does not run');
        break;
      case '/tasks/oom':
        demand(task !== undefined && !task.exited, event, 'there is nothing to kill');
        break;
      case '/tasks/exec-added':
        demand(task !== undefined && !execs.has(event.execId), event, 'no task, or added before');
        execs.set(event.execId, { started: false, exited: false });
        break;
      case '/tasks/exec-started': {
        const exec = execs.get(event.execId);
        demand(exec !== undefined && !exec.started && !exec.exited, event, 'not added, or started before');
        if (exec) exec.started = true;
        break;
      }
      case '/tasks/exit': {
        const isTask = event.id === event.containerId;
        const life = isTask ? task : execs.get(event.id);
        demand(life !== undefined && !life.exited, event, 'an exit of nothing, or a second one');
        demand(isTask || life?.started === true, event, 'of an exec that was not started');
        demand(!isTask || checkpoint === undefined, event, 'its checkpoint is open');
        if (life) life.exited = true;
        break;
      }
      case '/tasks/delete': {
        if (event.id !== event.containerId) {
          const exec = execs.get(event.id);
          demand(exec !== undefined && exec.started === exec.exited, event, 'no exec, or it runs');
          execs.delete(event.id);
          break;
        }
        demand(task?.exited === true, event, 'no exit before it');
        for (const exec of execs.values()) demand(exec.started === exec.exited, event, 'an exec has no exit before it');
        task = undefined;
        execs = new Map();
        break;
      }
      default:
        break;
    }
  }
  return { complaints, open: [...open] };
}
