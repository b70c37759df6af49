import type { CallContext } from '../kernel/call-context.js';
import type { ExecId } from '../kernel/identifiers.js';
import type { TaskState } from '../task/state.js';
import { askingContext, askStarted } from './ask-machine.js';
import type { Attachment, AttachOpts } from './attachment.js';
import { backendContext, type Call, callOn } from './call.js';
import { removeExec } from './delete-task.js';
import { assertIncarnation, load } from './execute.js';
import { exitRecordOf } from './exit-watch.js';
import { reach } from './out-of-reach.js';
import { done, newRequest, perform } from './perform.js';
import type { ConsoleSize, ExecProcess, Exit, KillOpts, ProcessState } from './platform-runtime.js';
import { assertReachable, execStateOf, exitFromLog, findExec } from './process-state.js';
import type { TaskScope } from './task-scope.js';
import { type Incarnation, waitForExit } from './wait.js';

/** An exec whose every transition is in the log. */
export class ManagedExec implements ExecProcess {
  readonly id: ExecId;
  readonly #scope: TaskScope;
  readonly #incarnation: Incarnation;

  constructor(scope: TaskScope, id: ExecId, incarnation: Incarnation) {
    this.#scope = scope;
    this.id = id;
    this.#incarnation = incarnation;
  }

  async state(context?: CallContext): Promise<ProcessState> {
    const call = this.#call(context);
    return execStateOf(findExec(this.#load(call), call, this.id));
  }

  async start(context?: CallContext): Promise<void> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    await perform(engine, call, {
      request: { type: 'StartExec', ...newRequest(engine, call), execId: this.id },
      run: async () => {
        const process = await this.#backend(call);
        await process.start(backendContext(call));
        return process.state(backendContext(call));
      },
      outcome: ({ pid, exit }, ref) => ({
        type: 'RecordStarted',
        ...ref,
        pid: pid || (exit?.pid ?? 0),
        certainty: 'observed',
        evidence: '',
      }),
      ask: async (ref) => askStarted(await this.#backend(call, askingContext(call)), askingContext(call), ref),
    });
    this.watchExit(context);
  }

  async kill(signal: number, opts: KillOpts = {}, context?: CallContext): Promise<void> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    const all = opts.all ?? false;
    await perform(engine, call, {
      request: { type: 'KillProcess', ...newRequest(engine, call), execId: this.id, signal, all },
      run: async () => (await this.#backend(call)).kill(signal, { all }, backendContext(call)),
      outcome: done,
    });
  }

  async wait(context?: CallContext): Promise<Exit> {
    const call = this.#call(context);
    return waitForExit(this.#scope.engine, call, this.id, this.#incarnation, () => this.watchExit(context));
  }

  async attach(opts?: AttachOpts, context?: CallContext): Promise<Attachment> {
    const call = this.#reachable('attach to', context);
    return (await this.#backend(call)).attach(opts, backendContext(call));
  }

  async resizePty(size: ConsoleSize, context?: CallContext): Promise<void> {
    const call = this.#reachable('resize the terminal of', context);
    await (await this.#backend(call)).resizePty(size, backendContext(call));
  }

  async closeIO(context?: CallContext): Promise<void> {
    const call = this.#reachable('close the stdin of', context);
    await (await this.#backend(call)).closeIO(backendContext(call));
  }

  async delete(context?: CallContext): Promise<Exit> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    let exit: Exit | undefined;
    await perform(engine, call, {
      request: { type: 'DeleteProcess', ...newRequest(engine, call), execId: this.id },
      run: async ({ state }) => {
        const removed = await removeExec(this.#scope, call, this.id);
        exit = exitFromLog(state, call, this.id) ?? removed;
        return removed;
      },
      outcome: (removed, ref) => ({ type: 'RecordDeleted', ...ref, exit: exitRecordOf(removed) }),
    });
    return exit as Exit;
  }

  #call(context?: CallContext): Call {
    const { createRequestedAt: incarnation } = this.#incarnation;
    return { ...callOn(this.#scope.id, { ...context, namespace: this.#scope.namespace }), incarnation };
  }

  /** @throws NotFoundError if the name has gone to another task */
  #load(call: Call): TaskState {
    const { state } = load(this.#scope.engine.log, call.stream);
    assertIncarnation(state, call, call.incarnation);
    return state;
  }

  #reachable(action: string, context?: CallContext): Call {
    const call = this.#call(context);
    assertReachable(this.#load(call), call, this.id, action);
    return call;
  }

  async #backend(call: Call, context = backendContext(call)): Promise<ExecProcess> {
    const task = await reach(this.#scope, context);
    return task.process(this.id, context);
  }

  /** Brings the exit into the log as long as this process lives, without anybody waiting for it. */
  watchExit(context?: CallContext): void {
    const { backend, exits } = this.#scope;
    exits.watch(this.#call(context), this.id, async (inner) => {
      const task = await reach(this.#scope, inner, backend);
      return task.process(this.id, inner);
    });
  }
}
