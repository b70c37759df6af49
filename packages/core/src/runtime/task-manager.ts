/**
 * The PlatformRuntime that users hold (`io.containerd.runtime.v2.task`, as containerd's). It picks the backend by
 * `CreateOpts.runtime` and puts the log around it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Position, StreamId } from '../event-log/event-log.js';
import { type CallContext, namespaceOf } from '../kernel/call-context.js';
import { parseExecId, parseTaskId } from '../kernel/identifiers.js';
import type { TypedAny } from '../kernel/typed-any.js';
import type { MountOnHost } from '../mount/mount-status.js';
import type { PastTask } from '../projections/past-tasks.js';
import { liveStreams, type StreamState } from '../projections/task-projection.js';
import type { RequestCommand } from '../task/commands.js';
import type { BlobRef } from '../task/events.js';
import { isPresent, type MountSet } from '../task/state.js';
import { TaskNotFoundError } from '../task/task-errors.js';
import { actorOf } from './actor.js';
import { type Call, callOn } from './call.js';
import { imagesToRestore } from './checkpoint-folder.js';
import { createCommand } from './create-command.js';
import { makeTask } from './create-task.js';
import { deleteTask } from './delete-task.js';
import { load } from './execute.js';
import { lastExitOf, pastTasks } from './history.js';
import { cleanAll } from './leftovers.js';
import { ManagedTask } from './managed-task.js';
import { readPayload, showPayload } from './payload.js';
import { perform, recordRejected } from './perform.js';
import type { CreateOpts, Exit, PlatformRuntime, TasksOpts } from './platform-runtime.js';
import { exitOf } from './process-state.js';
import { type RecoverOpts, recoverStreams } from './recover.js';
import { recordInvalidId } from './reject-id.js';
import { type Shredded, type ShredOpts, type ShredTarget, shredPayloads } from './shred.js';
import { planSwap, type SwapOpts, type SwapPlan, swapTask } from './swap-task.js';
import { taskFolders } from './task-folders.js';
import { type RuntimeScope, TaskScope } from './task-scope.js';
import { incarnationOf } from './wait.js';

export const taskManagerId = 'io.containerd.runtime.v2.task';

/** Mounts of one target, and whose they are. */
export interface TaskMounts {
  readonly namespace: string;
  readonly task: string;
  readonly set: MountSet;
  /** Each of them beside what the host has. */
  readonly onHost: readonly MountOnHost[];
}

export class TaskManager implements PlatformRuntime {
  readonly id = taskManagerId;
  readonly #scope: RuntimeScope;

  constructor(scope: RuntimeScope) {
    this.#scope = scope;
  }

  /**
   * @throws AlreadyExistsError if the namespace has a task of that ID
   * @throws NotFoundError if no plugin brings the runtime, or the rootfs is not there
   */
  async create(id: string, opts: CreateOpts, context: CallContext = {}): Promise<ManagedTask> {
    const { engine } = this.#scope;
    const { scope, call } = await this.#open(id, context);
    const { command, blobs } = await createCommand(engine, call, opts);
    await perform(engine, call, {
      request: command,
      blobs,
      // Whichever it is: a backend that drives others has to know.
      run: () => makeTask(scope, call, withImages({ ...opts, runtime: command.runtime })),
      outcome: (pid, ref) => ({ type: 'RecordCreated', ...ref, pid, certainty: 'observed', evidence: '' }),
    });
    const task = this.#handle(scope, call);
    task.watchExit(context);
    return task;
  }

  /**
   * Records a command that could not even be asked for: what an embedding program refuses of its user's input (a spec
   * that is none, a user that the root file system does not know) belongs to the story as well.
   *
   * @param error why; it is not thrown
   * @throws InvalidArgumentError if the ID or the namespace is no identifier
   */
  async refuse(command: RequestCommand['type'], id: string, error: unknown, context: CallContext = {}): Promise<void> {
    const { scope, call } = await this.#open(id, context);
    await recordRejected(this.#scope.engine, call, { containerId: scope.id, type: command }, error);
  }

  /**
   * A handle on the name, whether there is a task or not: what is asked of it is decided, and if need be refused, in
   * the log.
   *
   * @throws InvalidArgumentError if the ID or the namespace is no identifier
   */
  async task(id: string, context: CallContext = {}): Promise<ManagedTask> {
    const { scope, call } = await this.#open(id, context);
    return this.#handle(scope, call);
  }

  /** @throws NotFoundError if there is no such task */
  async get(id: string, context: CallContext = {}): Promise<ManagedTask> {
    const { scope, call } = await this.#open(id, context);
    const { state } = load(this.#scope.engine.log, call.stream);
    if (!isPresent(state)) throw new TaskNotFoundError(id);
    return this.#handle(scope, call);
  }

  async tasks(opts: TasksOpts = {}, context: CallContext = {}): Promise<readonly ManagedTask[]> {
    return this.states(opts, context)
      .filter(({ state }) => isPresent(state))
      .map((stream) => {
        const call = callOn(parseTaskId(stream.task), { ...context, namespace: stream.namespace });
        return this.#handle(new TaskScope(this.#scope, call.stream.namespace, call.stream.task), call);
      });
  }

  /** @throws FailedPreconditionError if it runs */
  async delete(id: string, context: CallContext = {}): Promise<Exit> {
    const { scope, call } = await this.#open(id, context);
    return deleteTask(scope, call);
  }

  /**
   * Creates a task anew on another runtime, while it is created or stopped: what it was asked to be created with is in the
   * log. It is created then, and not started; its output so far is gone, as with any delete.
   *
   * @throws FailedPreconditionError if it runs
   * @throws whatever keeps it from being created there; it is created where it was, then
   */
  async swap(id: string, opts: SwapOpts, context: CallContext = {}): Promise<ManagedTask> {
    const { engine } = this.#scope;
    const { scope, call } = await this.#open(id, context);
    let plan: SwapPlan;
    try {
      plan = planSwap(engine, call, opts);
    } catch (error) {
      await recordRejected(engine, call, { containerId: scope.id, type: 'CreateTask' }, error);
      throw error;
    }
    return swapTask(this, scope.id, plan, context);
  }

  /** @throws NotFoundError if no plugin brings a runtime of that ID */
  assertRuntime(id: string): void {
    this.#scope.engine.backends.resolve({ runtime: id });
  }

  /** What the log says of one name; of status `absent` where it says nothing. */
  state(id: string, context: CallContext = {}): StreamState {
    const stream = { namespace: namespaceOf(context), task: parseTaskId(id) };
    return { ...stream, ...load(this.#scope.engine.log, stream) };
  }

  /**
   * What a record refers to, a spec for one, with its secrets.
   *
   * @throws PayloadShreddedError if it, or its secrets, were destroyed
   */
  payload(ref: BlobRef): TypedAny {
    return readPayload(this.#scope.engine.log, ref);
  }

  /**
   * What may be shown of it, as JSON: the secrets are masked. Undefined for what is no JSON.
   *
   * @throws PayloadShreddedError if it was destroyed
   */
  shownPayload(ref: BlobRef): unknown {
    return showPayload(this.#scope.engine.log, ref);
  }

  /**
   * The tasks that had this name one after the other, oldest first, as they were when they were deleted, and the one that
   * is there.
   *
   * @param until as it was after the record of this position; now when absent
   * @throws NotFoundError if there never was one; the message says why
   */
  history(id: string, context: CallContext = {}, until?: Position): readonly PastTask[] {
    return pastTasks(this.#scope.engine.log, { namespace: namespaceOf(context), task: parseTaskId(id) }, until);
  }

  /**
   * How the last process of that name ended, also when it was deleted long ago and `get` does not find it any more.
   *
   * @param execId of an exec of the task; empty for the task itself
   * @throws NotFoundError if there never was one
   * @throws FailedPreconditionError if it has not ended
   */
  exitOf(id: string, execId = '', context: CallContext = {}): Exit {
    const stream = { namespace: namespaceOf(context), task: parseTaskId(id) };
    return exitOf(lastExitOf(this.#scope.engine.log, stream, execId === '' ? '' : parseExecId(execId)));
  }

  /** What the log says of every task that was asked for and is not deleted, in the order of namespace and ID. */
  states(opts: TasksOpts = {}, context: CallContext = {}): readonly StreamState[] {
    return this.#streams(opts, context).filter(({ state }) => state.status === 'creating' || isPresent(state));
  }

  /** What is mounted on the host as far as the log knows, also for tasks that are no more, and what the host says. */
  mounts(opts: TasksOpts = {}, context: CallContext = {}): readonly TaskMounts[] {
    const { engine, mounts } = this.#scope;
    return this.#streams(opts, context).flatMap(({ namespace, task, state }) => {
      const needed = state.status === 'creating' || isPresent(state);
      return Object.values(state.mounts).map((set) => {
        const ownerAlive = engine.processes.isAlive(set.owner);
        return { namespace, task, set, onHost: mounts.statuses(set, { needed, ownerAlive }) };
      });
    });
  }

  /** Of those that are not over. */
  #streams({ all = false }: TasksOpts, context: CallContext): readonly StreamState[] {
    const { log } = this.#scope.engine;
    return liveStreams(log, all ? undefined : namespaceOf(context)).map((stream) => ({
      ...stream,
      ...load(log, stream),
    }));
  }

  /**
   * Destroys what records refer to: their bytes are overwritten wherever the log has them. The records stay, and so does
   * what is said of it: what was destroyed, when, by whom and why.
   *
   * @throws NotFoundError if nothing refers to such a payload
   * @throws PayloadShreddedError if it was destroyed before
   * @throws FailedPreconditionError if a task that is there needs it
   */
  async shred(target: ShredTarget, opts: ShredOpts, context: CallContext = {}): Promise<Shredded> {
    const { engine } = this.#scope;
    const namespace = namespaceOf(context);
    if ('task' in target) parseTaskId(target.task);
    const actor = actorOf(context.actor, context.actor?.requestId ?? randomUUID());
    return shredPayloads(engine, actor, target, opts, { namespace, live: this.states({ all: true }) });
  }

  /**
   * Where the output of a task, or of an exec, is kept when its io is empty: a file in the CRI log format.
   *
   * @throws NotFoundError if there never was such a task
   */
  outputPath(id: string, execId: string, context: CallContext = {}): string {
    const call = callOn(parseTaskId(id), context);
    const { backend } = new TaskScope(this.#scope, call.stream.namespace, call.stream.task);
    return join(taskFolders(backend, call.stream).lasting, execId === '' ? 'output.log' : `exec-${execId}.log`);
  }

  /**
   * What opening a root begins with: settles what others left open, records exits that nobody saw, takes away what tasks
   * that are no more have left on the host.
   */
  async recover({ hold, thorough = false, patience }: RecoverOpts): Promise<void> {
    const watch = async ({ namespace, task }: StreamId) => (await this.task(task, { namespace })).watchExits();
    await recoverStreams(this.#scope, this.#streams({ all: true }, {}), { hold: hold ? watch : undefined, patience });
    await cleanAll(this.#scope, { thorough, again: thorough });
  }

  async #open(id: string, context: CallContext): Promise<{ scope: TaskScope; call: Call }> {
    try {
      const call = callOn(parseTaskId(id), context);
      return { scope: new TaskScope(this.#scope, call.stream.namespace, call.stream.task), call };
    } catch (error) {
      await recordInvalidId(this.#scope.engine, context, id, error).catch(this.#scope.engine.onError);
      throw error;
    }
  }

  #handle(scope: TaskScope, call: Call): ManagedTask {
    const { state } = load(this.#scope.engine.log, call.stream);
    return new ManagedTask(scope, incarnationOf(state));
  }
}

/** A backend knows its own part of a checkpoint only. */
function withImages({ checkpoint, ...opts }: CreateOpts): CreateOpts {
  return checkpoint ? { ...opts, checkpoint: imagesToRestore(checkpoint) } : opts;
}
