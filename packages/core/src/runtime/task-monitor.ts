import type { LogRecord } from '../event-log/event-log.js';
import type { Task } from './platform-runtime.js';

/**
 * Watches tasks, as containerd's `runtime.TaskMonitor`: it is told of each one that there is, may ask it for its figures
 * (`task.stats()`), and hears every event. It changes nothing.
 *
 * Whoever feeds it (`openShiplog` in a process that stays, or `shiplog feed`) begins with the tasks that are there
 * already. What it throws is told to the program that opened the root, and harms nothing else.
 */
export interface TaskMonitor {
  /** A task is there: found at the start, or created since, by any process. Called once for each. */
  monitor(task: Task): void | Promise<void>;
  /** It was deleted. */
  stop(task: Pick<Task, 'id' | 'namespace'>): void | Promise<void>;
  /** Each event from now on, in the order of the log, the system's own among them. */
  event?(record: LogRecord): void | Promise<void>;
}
