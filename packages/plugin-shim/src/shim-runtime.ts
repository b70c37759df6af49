import { join } from 'node:path';
import {
  type CallContext,
  type CreateOpts,
  type Exit,
  type Namespace,
  namespaceOf,
  type PlatformRuntime,
  parseNamespace,
  parseTaskId,
  type Task,
  TaskNotFoundError,
  type TasksOpts,
} from '@shiplog/core';
import { identifiersIn, storageError, type TaskLayout, taskLayout } from '@shiplog/oci';
import { type ShimBackend, signalIn } from './backend.js';
import { createTask } from './create-task.js';
import { deleteTask } from './delete-task.js';
import { readTaskRecord } from './record.js';
import { settledTask } from './settle.js';
import { ShimTask } from './shim-task.js';

/** A backend that drives shims. Everything that it knows lies in its state folder, and in the shims (P6, P7). */
export class ShimRuntime implements PlatformRuntime {
  readonly #backend: ShimBackend;

  constructor(id: string, backend: ShimBackend) {
    this.id = id;
    this.#backend = backend;
  }

  readonly id: string;

  async create(id: string, opts: CreateOpts, context?: CallContext): Promise<Task> {
    const layout = this.#layout(id, context);
    try {
      await createTask(this.#backend, layout, opts, signalIn(context));
    } catch (error) {
      throw storageError(error, layout.bundle);
    }
    return new ShimTask(this.#backend, layout);
  }

  async get(id: string, context?: CallContext): Promise<Task> {
    const layout = this.#layout(id, context);
    const record = await settledTask(this.#backend, layout, signalIn(context));
    if (!record || record.phase === 'launching') throw new TaskNotFoundError(layout.id);
    await this.#backend.events.serve();
    return new ShimTask(this.#backend, layout);
  }

  /** Those whose create has come to its end, in the order of their names. */
  async tasks(opts: TasksOpts = {}, context?: CallContext): Promise<readonly Task[]> {
    const { stateDir } = this.#backend;
    const namespaces = opts.all ? identifiersIn(stateDir, parseNamespace) : [namespaceOf(context)];
    return namespaces.flatMap((namespace) => this.#tasksIn(namespace));
  }

  async delete(id: string, context?: CallContext): Promise<Exit> {
    return deleteTask(this.#backend, this.#layout(id, context), signalIn(context));
  }

  #layout(id: string, context: CallContext | undefined): TaskLayout {
    return taskLayout(this.#backend, namespaceOf(context), parseTaskId(id));
  }

  #tasksIn(namespace: Namespace): readonly Task[] {
    return identifiersIn(join(this.#backend.stateDir, namespace), parseTaskId)
      .map((id) => taskLayout(this.#backend, namespace, id))
      .filter(isCreated)
      .map((layout) => new ShimTask(this.#backend, layout));
  }
}

/** Also where the record is damaged (P8): there is a task, or was. */
function isCreated(layout: TaskLayout): boolean {
  try {
    const phase = readTaskRecord(layout.process.record)?.phase;
    return phase !== undefined && phase !== 'launching';
  } catch {
    return true;
  }
}
