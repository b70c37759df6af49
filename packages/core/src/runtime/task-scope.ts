import { FailedPreconditionError } from '../kernel/errors.js';
import type { Namespace, TaskId } from '../kernel/identifiers.js';
import type { MountManager } from '../mount/mount-manager.js';
import type { TaskOrigin } from '../task/state.js';
import { TaskNotFoundError } from '../task/task-errors.js';
import type { Backend } from './backends.js';
import { type Engine, load } from './execute.js';
import type { ExitWatch } from './exit-watch.js';
import type { LogDriver } from './log-driver.js';
import { taskFolders } from './task-folders.js';

/** What the whole runtime shares. */
export interface RuntimeScope {
  readonly engine: Engine;
  readonly exits: ExitWatch;
  readonly mounts: MountManager;
  readonly logDrivers: readonly LogDriver[];
}

/** What everything that concerns one task shares. */
export class TaskScope implements RuntimeScope {
  readonly engine: Engine;
  readonly exits: ExitWatch;
  readonly mounts: MountManager;
  readonly logDrivers: readonly LogDriver[];
  readonly id: TaskId;
  readonly namespace: Namespace;

  constructor({ engine, exits, mounts, logDrivers }: RuntimeScope, namespace: Namespace, id: TaskId) {
    this.engine = engine;
    this.exits = exits;
    this.mounts = mounts;
    this.logDrivers = logDrivers;
    this.namespace = namespace;
    this.id = id;
  }

  /** @throws NotFoundError if there never was such a task */
  get runtimeId(): string {
    return this.#created.runtime;
  }

  /**
   * Looked up when it is needed, since the task may be created anew on another one.
   *
   * @throws NotFoundError if there never was such a task, or no plugin brings its runtime
   * @throws FailedPreconditionError if it lives in another state folder, or this one has come to belong to another root or
   * pid namespace: here, everything of it would seem to be gone
   */
  get backend(): Backend {
    this.engine.stateFolder.assertOurs();
    const { runtime, bundle } = this.#created;
    const candidates = this.engine.backends.candidates(runtime);
    const found = candidates.find((backend) => taskFolders(backend, this.#stream).bundle === bundle);
    if (found) return found;
    throw new FailedPreconditionError(
      `task ${this.id} lives in ${bundle}, which is not in the state folder that is open; name the right one`,
      { details: { task: this.id, bundle } },
    );
  }

  get #stream() {
    return { namespace: this.namespace, task: this.id };
  }

  get #created(): TaskOrigin {
    const { state } = load(this.engine.log, this.#stream);
    if (state.status === 'absent') throw new TaskNotFoundError(this.id);
    return state;
  }
}
