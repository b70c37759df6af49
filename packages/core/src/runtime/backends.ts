import { errorMessageOf, InvalidArgumentError, NotFoundError } from '../kernel/errors.js';
import { parseRuntimeId, type RuntimeId } from '../kernel/identifiers.js';
import type { PlatformRuntime } from './platform-runtime.js';

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
   * The runtime that a new task is to run on.
   *
   * @throws InvalidArgumentError if the name is no runtime ID
   * @throws NotFoundError if no plugin brings it
   */
  resolve(name: string | undefined): RuntimeId {
    const wanted = name ?? this.#default ?? this.#backends.keys().next().value;
    if (wanted === undefined) throw new NotFoundError(`no runtime is there: ${this.#listAbsent()}`);
    const id = this.#parse(wanted);
    this.get(id);
    return id;
  }

  #parse(name: string): RuntimeId {
    try {
      return parseRuntimeId(name);
    } catch (cause) {
      throw new InvalidArgumentError(`${errorMessageOf(cause)}; the known ones are: ${this.#listKnown()}`, { cause });
    }
  }

  /** @throws NotFoundError if no plugin brings it */
  get(id: string): Backend {
    const backend = this.#backends.get(id);
    if (backend) return backend;
    const reason = this.#absent.get(id);
    const known = this.#listKnown();
    throw new NotFoundError(
      reason === undefined
        ? `runtime ${id} is not known; the known ones are: ${known}`
        : `runtime ${id} is not available: ${reason}; the available ones are: ${known}`,
      { details: { runtime: id } },
    );
  }

  has(id: string): boolean {
    return this.#backends.has(id);
  }

  /** What a record says of the plugin; an empty version for a runtime that is not there (any more). */
  pluginOf(id: string): { readonly runtimeVersion: string; readonly runtimeConfig?: string } {
    const { version = '', configHash } = this.#backends.get(id) ?? {};
    return { runtimeVersion: version, ...(configHash !== undefined && { runtimeConfig: configHash }) };
  }

  #listKnown(): string {
    return [...this.#backends.keys()].join(', ') || 'none';
  }

  #listAbsent(): string {
    return [...this.#absent].map(([id, reason]) => `${id}: ${reason}`).join('; ') || 'no plugin was given';
  }
}
