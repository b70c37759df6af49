import type { CallContext } from '../kernel/call-context.js';
import { type ExecId, parseExecId } from '../kernel/identifiers.js';
import type { TypedAny } from '../kernel/typed-any.js';
import { isPresent, type TaskState } from '../task/state.js';
import { askFrozen, askingContext, askStarted } from './ask-machine.js';
import type { Attachment, AttachOpts } from './attachment.js';
import { backendContext, type Call, callOn } from './call.js';
import { checkpointTask } from './checkpoint-task.js';
import { deleteTask } from './delete-task.js';
import { assertIncarnation, load } from './execute.js';
import { resolveStdio } from './log-driver.js';
import { ManagedExec } from './managed-exec.js';
import { reach } from './out-of-reach.js';
import { type StoredPayload, storePayload } from './payload.js';
import { done, newRequest, perform, recordRejected } from './perform.js';
import type {
  ConsoleSize,
  ExecOpts,
  ExecProcess,
  Exit,
  KillOpts,
  ProcessInfo,
  ProcessState,
  Task,
} from './platform-runtime.js';
import { assertReachable, findExec, taskStateOf } from './process-state.js';
import { stdioOf } from './stdio.js';
import type { TaskScope } from './task-scope.js';
import { type Incarnation, incarnationOf, waitForExit } from './wait.js';

/** A task whose every transition is in the log. */
export class ManagedTask implements Task {
  readonly #scope: TaskScope;
  readonly #incarnation: Incarnation;

  constructor(scope: TaskScope, incarnation: Incarnation) {
    this.#scope = scope;
    this.#incarnation = incarnation;
  }

  get id(): string {
    return this.#scope.id;
  }

  get namespace(): string {
    return this.#scope.namespace;
  }

  /** The ID of the runtime that it runs on. */
  get runtime(): string {
    return this.#scope.runtimeId;
  }

  async state(context?: CallContext): Promise<ProcessState> {
    const call = this.#call(context);
    return taskStateOf(this.#load(call), call);
  }

  async pid(context?: CallContext): Promise<number> {
    return (await this.state(context)).pid;
  }

  async start(context?: CallContext): Promise<void> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    await perform(engine, call, {
      request: { type: 'StartTask', ...newRequest(engine, call) },
      run: async () => {
        const task = await this.#backend(call);
        await task.start(backendContext(call));
        return task.pid(backendContext(call));
      },
      outcome: (pid, ref) => ({ type: 'RecordStarted', ...ref, pid, certainty: 'observed', evidence: '' }),
      ask: async (ref) => askStarted(await this.#askedBackend(call), askingContext(call), ref),
    });
    this.watchExit(context);
  }

  async kill(signal: number, opts: KillOpts = {}, context?: CallContext): Promise<void> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    const all = opts.all ?? false;
    await perform(engine, call, {
      request: { type: 'KillProcess', ...newRequest(engine, call), execId: '', signal, all },
      run: async () => (await this.#backend(call)).kill(signal, { all }, backendContext(call)),
      outcome: done,
    });
  }

  async wait(context?: CallContext): Promise<Exit> {
    const call = this.#call(context);
    return waitForExit(this.#scope.engine, call, '', this.#incarnation, () => this.watchExit(context));
  }

  /**
   * As `TaskManager.delete`, of this very task.
   *
   * @throws FailedPreconditionError if it runs
   * @throws NotFoundError if it was deleted, also where a later task has its name
   */
  delete(context?: CallContext): Promise<Exit> {
    return deleteTask(this.#scope, this.#call(context));
  }

  pause(context?: CallContext): Promise<void> {
    return this.#freeze('PauseTask', 'paused', (task, inner) => task.pause(inner), context);
  }

  resume(context?: CallContext): Promise<void> {
    return this.#freeze('ResumeTask', 'running', (task, inner) => task.resume(inner), context);
  }

  async exec(id: string, opts: ExecOpts, context?: CallContext): Promise<ExecProcess> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    const execId = parseExecId(id);
    const io = stdioOf(opts.io);
    const { ref, blobs } = await this.#store(opts, call, { type: 'AddExec', execId });
    await perform(engine, call, {
      request: { type: 'AddExec', ...newRequest(engine, call), execId, spec: ref, io },
      blobs,
      run: async () => {
        const resolved = await resolveStdio(this.#scope.logDrivers, io, { ...call.stream, exec: execId });
        await (await this.#backend(call)).exec(execId, { spec: opts.spec, io: resolved ?? io }, backendContext(call));
      },
      outcome: done,
    });
    return this.#exec(execId, call);
  }

  async #store(
    { spec, secrets }: Pick<ExecOpts, 'spec' | 'secrets'>,
    call: Call,
    command: { readonly type: 'AddExec' | 'UpdateTask'; readonly execId?: ExecId },
  ): Promise<StoredPayload> {
    try {
      return storePayload(spec, secrets);
    } catch (error) {
      await recordRejected(this.#scope.engine, call, { containerId: this.#scope.id, ...command }, error);
      throw error;
    }
  }

  async process(id: string, context?: CallContext): Promise<ExecProcess> {
    const call = this.#call(context);
    const execId = parseExecId(id);
    findExec(this.#load(call), call, execId);
    return this.#exec(execId, call);
  }

  async pids(context?: CallContext): Promise<readonly ProcessInfo[]> {
    const call = this.#call(context);
    this.#load(call);
    return (await this.#backend(call)).pids(backendContext(call));
  }

  async update(resources: TypedAny, context?: CallContext): Promise<void> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    const { ref, blobs } = await this.#store({ spec: resources }, call, { type: 'UpdateTask' });
    await perform(engine, call, {
      request: { type: 'UpdateTask', ...newRequest(engine, call), resources: ref },
      blobs,
      run: async () => (await this.#backend(call)).update(resources, backendContext(call)),
      outcome: (_, request) => ({ type: 'RecordUpdated', ...request, resources: ref }),
    });
  }

  /** @throws AlreadyExistsError if something is at the path */
  async checkpoint(path: string, options?: TypedAny, context?: CallContext): Promise<void> {
    await checkpointTask(this.#scope, this.#call(context), path, options);
  }

  async stats(context?: CallContext): Promise<TypedAny> {
    const call = this.#call(context);
    this.#load(call);
    return (await this.#backend(call)).stats(backendContext(call));
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

  async #freeze(
    type: 'PauseTask' | 'ResumeTask',
    wanted: 'paused' | 'running',
    run: (task: Task, context: CallContext) => Promise<void>,
    context?: CallContext,
  ): Promise<void> {
    const { engine } = this.#scope;
    const call = this.#call(context);
    await perform(engine, call, {
      request: { type, ...newRequest(engine, call) },
      run: async () => run(await this.#backend(call), backendContext(call)),
      outcome: done,
      ask: async (ref) => askFrozen(await this.#askedBackend(call), wanted, askingContext(call), ref),
    });
  }

  #exec(execId: ExecId, call: Call): ManagedExec {
    const { state } = load(this.#scope.engine.log, call.stream);
    return new ManagedExec(this.#scope, execId, incarnationOf(state));
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
    assertReachable(this.#load(call), call, '', action);
    return call;
  }

  #askedBackend(call: Call): Promise<Task> {
    return this.#scope.backend.runtime.get(this.#scope.id, askingContext(call));
  }

  /** Asked for inside an effect, so that a task that the backend has lost is a recorded failure. */
  #backend(call: Call): Promise<Task> {
    return reach(this.#scope, backendContext(call));
  }

  /** Brings the exit into the log as long as this process lives, without anybody waiting for it. */
  watchExit(context?: CallContext): void {
    const { backend, exits } = this.#scope;
    exits.watch(this.#call(context), '', (inner) => reach(this.#scope, inner, backend));
  }

  /** The same for the task and all of its execs that run. */
  watchExits(context?: CallContext): void {
    const call = this.#call(context);
    this.watchExit(context);
    const { state } = load(this.#scope.engine.log, call.stream);
    if (!isPresent(state)) return;
    for (const exec of Object.values(state.execs)) {
      if (exec.status === 'running') this.#exec(exec.execId, call).watchExit(context);
    }
  }
}
