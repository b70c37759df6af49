/** Tells a task monitor of every task and every event, from any process. */
import type { EventLog, LogRecord } from '../event-log/event-log.js';
import type { TaskManager } from './task-manager.js';
import type { TaskMonitor } from './task-monitor.js';
import { unlessNotFound } from './unless-not-found.js';

export interface MonitorFeed {
  readonly log: EventLog;
  readonly runtime: TaskManager;
  readonly monitor: TaskMonitor;
  readonly signal: AbortSignal;
  /** Told what the monitor threw. */
  readonly onError: (error: unknown) => void;
}

/** Ends without an error when the signal fires. */
export async function feedMonitor({ log, runtime, monitor, signal, onError }: MonitorFeed): Promise<void> {
  const guarded = async (call: () => void | Promise<void>) => {
    try {
      await call();
    } catch (error) {
      onError(error);
    }
  };
  const known = new Set<string>();
  const add = async (namespace: string, id: string) => {
    // It may be gone by the time that we hear of it.
    const task = await unlessNotFound(runtime.get(id, { namespace }));
    if (!task || known.has(`${namespace}/${id}`)) return;
    known.add(`${namespace}/${id}`);
    await guarded(() => monitor.monitor(task));
  };
  const after = log.head();
  for (const { id, namespace } of await runtime.tasks({ all: true })) await add(namespace, id);
  for await (const record of log.subscribe({ after, signal })) {
    const { namespace, task } = record;
    if (record.type === '/tasks/create') await add(namespace, task);
    await guarded(() => monitor.event?.(record));
    if (isTaskDelete(record) && known.delete(`${namespace}/${task}`)) {
      await guarded(() => monitor.stop({ id: task, namespace }));
    }
  }
}

/** An exec's delete has the exec's ID. */
function isTaskDelete({ type, event }: LogRecord): boolean {
  return type === '/tasks/delete' && event.id === event.containerId;
}
