import { join } from 'node:path';
import {
  type CallContext,
  type CreateOpts,
  type Exit,
  type HealthFinding,
  type Namespace,
  namespaceOf,
  type PlatformRuntime,
  parseNamespace,
  parseTaskId,
  type Task,
  TaskNotFoundError,
  type TasksOpts,
  type Trace,
  type TraceOpts,
} from '@shiplog/core';
import { type Backend, signalIn } from './backend.js';
import { checkHost, type Programs } from './check-host.js';
import { createTask } from './create-task.js';
import { deleteTask } from './delete-task.js';
import { identifiersIn } from './identifiers-in.js';
import { type TaskLayout, taskLayout } from './layout.js';
import { OciTask } from './oci-task.js';
import { readRecord } from './record.js';
import { settledTask } from './settle.js';
import { storageError } from './small-file.js';
import { findTraces } from './traces.js';

/**
 * A backend that drives an OCI runtime's command line, with conmon for each process. Everything that it knows lies in
 * its state folder, so any number of processes may use one at the same time (P6), and none has to stay (P7).
 */
export class OciRuntime implements PlatformRuntime {
  readonly #backend: Backend;
  readonly #programs: Programs;

  constructor(backend: Backend, programs: Programs) {
    this.#backend = backend;
    this.#programs = programs;
  }

  get id(): string {
    return this.#backend.id;
  }

  async create(id: string, opts: CreateOpts, context?: CallContext): Promise<Task> {
    const layout = this.#layout(id, context);
    try {
      await createTask(this.#backend, layout, opts, signalIn(context));
    } catch (error) {
      throw storageError(error, layout.bundle);
    }
    return new OciTask(this.#backend, layout);
  }

  async get(id: string, context?: CallContext): Promise<Task> {
    const layout = this.#layout(id, context);
    const record = await settledTask(this.#backend, layout, signalIn(context));
    if (!record || record.phase === 'launching') throw new TaskNotFoundError(layout.id);
    return new OciTask(this.#backend, layout);
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

  async traces(opts: TraceOpts): Promise<readonly Trace[]> {
    return findTraces(this.#backend, opts);
  }

  checkHost(): Promise<readonly HealthFinding[]> {
    return checkHost(this.#backend, this.#programs);
  }

  #layout(id: string, context: CallContext | undefined): TaskLayout {
    return taskLayout(this.#backend, namespaceOf(context), parseTaskId(id));
  }

  #tasksIn(namespace: Namespace): readonly Task[] {
    const ids = identifiersIn(join(this.#backend.stateDir, namespace), parseTaskId);
    const layouts = ids.map((id) => taskLayout(this.#backend, namespace, id));
    return layouts.filter(isCreated).map((layout) => new OciTask(this.#backend, layout));
  }
}

/** Also where the record is damaged (P8): there is a task, or was. */
function isCreated(layout: TaskLayout): boolean {
  try {
    const phase = readRecord(layout.process.record)?.phase;
    return phase !== undefined && phase !== 'launching';
  } catch {
    return true;
  }
}
