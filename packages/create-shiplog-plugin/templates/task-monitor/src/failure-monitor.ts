import { appendFileSync } from 'node:fs';
import type { LogRecord, Task, TaskMonitor } from '@shiplog/core/plugin';

export class FailureMonitor implements TaskMonitor {
  readonly #path: string;
  readonly #watched = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Each as `NAMESPACE/TASK`. */
  get watched(): readonly string[] {
    return [...this.#watched];
  }

  monitor({ namespace, id }: Task): void {
    this.#watched.add(`${namespace}/${id}`);
  }

  stop({ namespace, id }: Pick<Task, 'namespace' | 'id'>): void {
    this.#watched.delete(`${namespace}/${id}`);
  }

  event({ type, time, namespace, task, event }: LogRecord): void {
    // An exec's exit has the exec's ID.
    if (type !== '/tasks/exit' || event.id !== task || event.exitStatus === 0) return;
    const others = this.watched.filter((name) => name !== `${namespace}/${task}`).length;
    appendFileSync(
      this.#path,
      `${time} ${namespace}/${task} ended with ${event.exitStatus}; ${others} others are there\n`,
    );
  }
}
