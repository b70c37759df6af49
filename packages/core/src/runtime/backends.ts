import { errorCodeOf, errorMessageOf, InvalidArgumentError, NotFoundError } from '../kernel/errors.js';
import { parseRuntimeId, type RuntimeId } from '../kernel/identifiers.js';
import type { CreateOpts, DrivenRuntimes, PlatformRuntime } from './platform-runtime.js';

/** A runtime that a plugin brought, and where its tasks have their folders. */
export interface Backend {
  readonly runtime: PlatformRuntime;
  /** The plugin's. */
  readonly version: string;
  /** SHA-256 of the plugin's configuration; absent where it takes none. */
  readonly configHash?: string | undefined;
  /** `stateDir/NAMESPACE/TASK` is a task's bundle. */
  readonly stateDir: string;
  /** `rootDir/NAMESPACE/TASK` is its lasting folder. */
  readonly rootDir: string;
}

export interface ResolvedRuntime {
  readonly id: RuntimeId;
  readonly backend: Backend;
}

/** The runtimes of this host, by ID. */
export class Backends {
  readonly #backends: ReadonlyMap<string, Backend>;
  /** Why a runtime that is known is not there. */
  readonly #absent: ReadonlyMap<string, string>;
  readonly #default: string | undefined;

  constructor(
    backends: ReadonlyMap<string, Backend>,
    absent: ReadonlyMap<string, string> = new Map(),
    defaultRuntime?: string,
  ) {
    this.#backends = backends;
    this.#absent = absent;
    this.#default = defaultRuntime;
  }

  /**
   * The runtime that a new task is to run on, and who brings it.
   *
   * @throws InvalidArgumentError if the name is no runtime ID
   * @throws NotFoundError if no plugin brings it
   */
  resolve({ runtime, address }: Pick<CreateOpts, 'runtime' | 'address'>): ResolvedRuntime {
    const wanted = runtime ?? this.#default ?? this.#own()[0];
    if (wanted === undefined) throw new NotFoundError(`no runtime is there: ${this.#listAbsent()}`);
    const id = this.#parse(wanted);
    const plugin = this.#backends.get(id);
    const driver = this.#driver;
    if (driver && (address || driver.driven.prefers(id))) return { id, backend: driver.backend };
    if (plugin && !plugin.runtime.driven) return { id, backend: plugin };
    if (!driver || plugin || this.#absent.has(id)) throw this.#notThere(id);
    try {
      driver.driven.assertThere(id);
    } catch (error) {
      if (errorCodeOf(error) !== 'not-found') throw error;
      throw this.#notThere(id, errorMessageOf(error));
    }
    return { id, backend: driver.backend };
  }

  #parse(name: string): RuntimeId {
    try {
      return parseRuntimeId(name);
    } catch (cause) {
      throw new InvalidArgumentError(`${errorMessageOf(cause)}; the known ones are: ${this.#listKnown()}`, { cause });
    }
  }

  /** All of them, those that drive others too. */
  all(): readonly ResolvedRuntime[] {
    return [...this.#backends].map(([id, backend]) => ({ id: parseRuntimeId(id), backend }));
  }

  /** The plugin of that very ID, which may drive others. @throws NotFoundError if it is not there */
  plugin(id: string): Backend {
    const found = this.#backends.get(id);
    if (!found) throw this.#notThere(id);
    return found;
  }

  /**
   * Who may have a task of a runtime: its plugin, and the backend that drives what is no plugin. Where both could, the
   * task lies with the one in whose folder its bundle is.
   *
   * @throws NotFoundError if nobody brings it
   */
  candidates(id: string): readonly Backend[] {
    const found = [this.#backends.get(id), this.#driver?.backend].filter((backend) => backend !== undefined);
    if (found.length === 0) throw this.#notThere(id);
    return found;
  }

  /** What a record says of the plugin; an empty version for a runtime that is not there (any more). */
  pluginOf(id: string, bundle: string): { readonly runtimeVersion: string; readonly runtimeConfig?: string } {
    const found = [this.#backends.get(id), this.#driver?.backend].filter((backend) => backend !== undefined);
    const backend = found.find(({ stateDir }) => bundle.startsWith(`${stateDir}/`)) ?? found[0];
    const { version = '', configHash } = backend ?? {};
    return { runtimeVersion: version, ...(configHash !== undefined && { runtimeConfig: configHash }) };
  }

  get #driver(): { readonly backend: Backend; readonly driven: DrivenRuntimes } | undefined {
    for (const backend of this.#backends.values()) {
      const { driven } = backend.runtime;
      if (driven) return { backend, driven };
    }
    return undefined;
  }

  #notThere(id: string, reason = this.#absent.get(id)): NotFoundError {
    const known = this.#listKnown();
    return new NotFoundError(
      reason === undefined
        ? `runtime ${id} is not known; the known ones are: ${known}`
        : `runtime ${id} is not available: ${reason}; the available ones are: ${known}`,
      { details: { runtime: id } },
    );
  }

  /** Those that are plugins themselves. */
  #own(): readonly string[] {
    return [...this.#backends].filter(([, { runtime }]) => !runtime.driven).map(([id]) => id);
  }

  #listKnown(): string {
    return this.#own().join(', ') || 'none';
  }

  #listAbsent(): string {
    return [...this.#absent].map(([id, reason]) => `${id}: ${reason}`).join('; ') || 'no plugin was given';
  }
}
