/** Tells a task monitor of every task and every event, from any process. */
import type { EventLog, LogRecord } from '../event-log/event-log.js';
import { errorMessageOf, UnavailableError } from '../kernel/errors.js';
import type { TaskManager } from './task-manager.js';
import type { TaskMonitor } from './task-monitor.js';
import { unlessNotFound } from './unless-not-found.js';

export interface MonitorFeed {
  readonly log: EventLog;
  readonly runtime: TaskManager;
  /** Of its plugin. */
  readonly id: string;
  readonly monitor: TaskMonitor;
  readonly signal: AbortSignal;
  /** Told what the monitor threw; what it throws again and again, once. */
  readonly onError: (error: unknown) => void;
}

/** Ends without an error when the signal fires. */
export async function feedMonitor({ log, runtime, id, monitor, signal, onError }: MonitorFeed): Promise<void> {
  let told: string | undefined;
  const guarded = async (call: () => void | Promise<void>) => {
    try {
      await call();
      told = undefined;
    } catch (cause) {
      const message = `task monitor ${id}: ${errorMessageOf(cause)}`;
      if (message !== told) onError(new UnavailableError(message, { cause }));
      told = message;
    }
  };
  const known = new Set<string>();
  const add = async (namespace: string, name: string) => {
    // It may be gone by the time that we hear of it.
    const task = await unlessNotFound(runtime.get(name, { namespace }));
    if (!task || known.has(`${namespace}/${name}`)) return;
    known.add(`${namespace}/${name}`);
    await guarded(() => monitor.monitor(task));
  };
  const after = log.head();
  for (const task of await runtime.tasks({ all: true })) await add(task.namespace, task.id);
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
