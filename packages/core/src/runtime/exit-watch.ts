/**
 * Brings the exits of the tasks that this process holds into the log. Every process that holds a task does this; the
 * first append wins, and the others find that nothing is left to do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallContext } from '../kernel/call-context.js';
import type { Clock } from '../kernel/clock.js';
import { errorCodeOf } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import { taskKey } from '../projections/task-projection.js';
import { type ExitRecord, unknownExitStatus } from '../task/events.js';
import type { Call } from './call.js';
import { type Engine, type Executed, execute } from './execute.js';
import type { Exit, Process } from './platform-runtime.js';

export function exitRecordOf(exit: Exit): ExitRecord {
  const { pid, status, timestamp, certainty, evidence = '', oomKilled = false } = exit;
  return { pid, exitStatus: status, exitedAt: timestamp, certainty, evidence, oomKilled };
}

/** P4: the backend has no such process any more, and nobody saw its end. */
export function lostExit(clock: Clock, pid: number): Exit {
  return {
    pid,
    status: unknownExitStatus,
    timestamp: clock.now(),
    certainty: 'unknown',
    evidence: 'the runtime no longer knows the process, as after a reboot',
  };
}

/**
 * What a backend told of an exit, as facts in the log.
 *
 * @param ifVersion record it only if the stream still has this version
 */
export async function recordExit(
  engine: Engine,
  call: Call,
  execId: ExecId | '',
  exit: Exit,
  ifVersion?: number,
): Promise<Executed> {
  const containerId = call.stream.task;
  return execute(
    engine,
    call,
    { type: 'RecordExit', containerId, execId, exit: exitRecordOf(exit) },
    { ...(ifVersion !== undefined && { ifVersion }) },
  );
}

/** That the kernel killed for want of memory in a task, once in its life. */
export async function recordOom(engine: Engine, call: Call): Promise<Executed> {
  return execute(engine, call, { type: 'RecordOom', containerId: call.stream.task });
}

const firstRetryMs = 100;
const maxRetryMs = 10_000;

export class ExitWatch implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #watches = new Map<string, Promise<void>>();
  readonly #ended = new AbortController();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Watches a process until its exit is in the log. Watching it twice is watching it once. */
  watch(asked: Call, execId: ExecId | '', find: (context: CallContext) => Promise<Process>): void {
    // What comes of it is no work of that call, which may be over by then.
    const call: Call = { ...asked, onReceipt: undefined };
    const key = `${taskKey(call.stream)}/${execId}`;
    const { signal } = this.#ended;
    if (this.#watches.has(key) || signal.aborted) return;
    const { namespace } = call.stream;
    const bring = async () => {
      const process = await find({ namespace, signal });
      // A backend may hear of an abort only while it waits.
      signal.throwIfAborted();
      const ended = new AbortController();
      const live = AbortSignal.any([signal, ended.signal]);
      const noticed = this.#noticeOom({ ...call, signal: live }, process);
      try {
        const exit = await process.wait({ namespace, signal });
        await recordExit(this.#engine, { ...call, signal }, execId, exit);
      } finally {
        ended.abort();
        await noticed;
      }
    };
    const watching = this.#untilDone(bring).finally(() => this.#watches.delete(key));
    this.#watches.set(key, watching);
  }

  /** What is not noticed while the task lives comes with its exit. */
  async #noticeOom(call: Call & { readonly signal: AbortSignal }, process: Process): Promise<void> {
    const { stream, signal } = call;
    try {
      if (await process.oom?.({ namespace: stream.namespace, signal })) await recordOom(this.#engine, call);
    } catch (error) {
      if (!signal.aborted) this.#engine.onError(error);
    }
  }

  /** Somebody may be waiting for the exit, so a log that cannot be written now is tried again. */
  async #untilDone(bring: () => Promise<void>): Promise<void> {
    const { signal } = this.#ended;
    for (let wait = firstRetryMs; !signal.aborted; wait = Math.min(2 * wait, maxRetryMs)) {
      try {
        return await bring();
      } catch (error) {
        // Whoever deleted it has recorded its exit.
        if (signal.aborted || errorCodeOf(error) === 'not-found') return;
        this.#engine.onError(error);
      }
      await delay(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#watches.values());
  }
}
