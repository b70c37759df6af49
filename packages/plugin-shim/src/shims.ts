import type {
  CallContext,
  CreateOpts,
  DrivenRuntimes,
  Exit,
  PlatformRuntime,
  Task,
  TasksOpts,
  Trace,
  TraceOpts,
} from '@shiplog/core';
import { type Folders, namesBelow, ownCgroupFolders } from '@shiplog/oci';
import type { ShimPluginConfig } from './config.js';
import type { OpenedBackend } from './open-backend.js';
import { findShim } from './shim-binary.js';

/** All shims of this host as one backend: `CreateOpts.runtime` says which one a task gets. Light until it is used. */
export class Shims implements PlatformRuntime, AsyncDisposable {
  readonly id: string;
  readonly driven: DrivenRuntimes;
  readonly #folders: Folders;
  readonly #config: ShimPluginConfig;
  #opened: Promise<OpenedBackend> | undefined;

  constructor(id: string, folders: Folders, config: ShimPluginConfig) {
    this.id = id;
    this.#folders = folders;
    this.#config = config;
    this.driven = {
      prefers: (runtime) => config.prefer?.includes(runtime) ?? false,
      assertThere: (runtime) => void findShim(runtime, config.folder),
    };
  }

  async create(id: string, opts: CreateOpts, context?: CallContext): Promise<Task> {
    return (await this.#runtime()).create(id, opts, context);
  }

  async get(id: string, context?: CallContext): Promise<Task> {
    return (await this.#runtime()).get(id, context);
  }

  async tasks(opts?: TasksOpts, context?: CallContext): Promise<readonly Task[]> {
    return (await this.#runtime()).tasks(opts, context);
  }

  async delete(id: string, context?: CallContext): Promise<Exit> {
    return (await this.#runtime()).delete(id, context);
  }

  /** No shim has to be reached for it. */
  async traces(opts: TraceOpts): Promise<readonly Trace[]> {
    const { stateDir } = this.#folders;
    // As on most hosts: what looks closer is not even loaded then.
    const isIdle = namesBelow(stateDir).length === 0 && ownCgroupFolders(stateDir, false).length === 0;
    if (isIdle && !opts.thorough) return [];
    return (await import('./traces.js')).findTraces(this.#folders, opts);
  }

  async #runtime(): Promise<PlatformRuntime> {
    this.#opened ??= import('./open-backend.js').then(({ openBackend }) =>
      openBackend(this.id, this.#folders, this.#config),
    );
    return (await this.#opened).runtime;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opened)?.[Symbol.asyncDispose]();
  }
}
