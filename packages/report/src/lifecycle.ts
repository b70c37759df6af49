/** The bars of one stream: which status its task had from when to when, and when its execs ran. */
import { type Bar, type BarStatus, type ExecBar, statuses } from './data.js';

/** What of an event the bars depend on. */
export interface Step {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The status that a task has after an event of its own; `gone` after the last. */
const after: Readonly<Record<string, BarStatus | 'gone'>> = {
  '/tasks/create-requested': 'creating',
  '/tasks/create': 'created',
  '/tasks/create-failed': 'gone',
  '/tasks/start': 'running',
  '/tasks/pause-requested': 'pausing',
  '/tasks/paused': 'paused',
  '/tasks/pause-failed': 'running',
  '/tasks/resumed': 'running',
  '/tasks/exit': 'stopped',
  '/tasks/delete': 'gone',
};

export class Lifecycle {
  readonly bars: Bar[] = [];
  readonly execs: ExecBar[] = [];
  #open: { readonly status: BarStatus; readonly since: number } | undefined;
  readonly #running = new Map<string, number>();

  add({ type, at, event }: Step): void {
    const execId = execOf(event);
    if (execId !== undefined) {
      this.#addExec(type, execId, at, event);
      return;
    }
    const status = Object.hasOwn(after, type) ? after[type] : undefined;
    if (status === undefined || !this.#mayFollow(status, type)) return;
    const time = timeOf(type, event) ?? at;
    this.#close(time);
    if (status !== 'gone') this.#open = { status, since: time };
    else for (const id of [...this.#running.keys()]) this.#endExec(id, time);
  }

  /** The bars so far; what goes on has no end. */
  end(): { readonly bars: readonly Bar[]; readonly execs: readonly ExecBar[] } {
    const open = this.#open;
    return {
      bars: open ? [...this.bars, [statuses.indexOf(open.status), open.since, null]] : this.bars,
      execs: [...this.execs, ...[...this.#running].map(([id, since]): ExecBar => [id, since, null])],
    };
  }

  /** A pause that failed of a task that has ended meanwhile makes it no running one. */
  #mayFollow(status: BarStatus | 'gone', type: string): boolean {
    if (type === '/tasks/pause-failed') return this.#open?.status === 'pausing';
    return status !== 'pausing' || this.#open?.status === 'running';
  }

  #close(at: number): void {
    if (this.#open) {
      const { status, since } = this.#open;
      this.bars.push([statuses.indexOf(status), since, Math.max(since, at)]);
    }
    this.#open = undefined;
  }

  #addExec(type: string, execId: string, at: number, event: Step['event']): void {
    if (type === '/tasks/exec-started') this.#running.set(execId, at);
    if (type === '/tasks/exit' || type === '/tasks/delete') this.#endExec(execId, timeOf(type, event) ?? at);
  }

  #endExec(execId: string, at: number): void {
    const since = this.#running.get(execId);
    if (since === undefined) return;
    this.execs.push([execId, since, Math.max(since, at)]);
    this.#running.delete(execId);
  }
}

/** The exec whose process an event is about; undefined for the task's first one. */
export function execOf({ execId, id, containerId }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof execId === 'string' && execId !== '') return execId;
  return typeof id === 'string' && id !== containerId ? id : undefined;
}

/** A process has ended when it did, which may be long before anybody noticed; an unknown end is when it was noticed. */
function timeOf(type: string, { exitedAt, certainty }: Step['event']): number | undefined {
  if (type !== '/tasks/exit' || typeof exitedAt !== 'string' || certainty === 'unknown') return undefined;
  const time = Date.parse(exitedAt);
  return Number.isNaN(time) ? undefined : time;
}
