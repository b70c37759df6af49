/**
 * What an append would change in the projections. Nothing is written before every projection has taken every record, so
 * one that throws leaves nothing behind (L3).
 */
import { errorMessageOf, InvalidArgumentError, ShiplogError } from '../kernel/errors.js';
import type { LogRecord } from './event-log.js';
import type { Projection, ProjectionStore } from './projection.js';

/** A projection threw: the append was not made. The record, or the projection, has a fault. */
export class ProjectionError extends ShiplogError {
  override readonly name = 'ProjectionError';
  constructor(projection: string, options: { readonly cause: unknown; readonly record: LogRecord }) {
    const { cause, record } = options;
    super('unknown', `projection ${projection} cannot take a record of type ${record.type}: ${errorMessageOf(cause)}`, {
      cause,
      details: { projection, type: record.type, namespace: record.namespace, task: record.task },
    });
  }
}

/** In bytes of UTF-8; LMDB's keys have 1978, and the projection's name goes in front. */
const maxNameBytes = 100;
const maxKeyBytes = 1800;

/** @throws InvalidArgumentError if two share a name, or a name is empty or too long. */
export function checkProjections(projections: readonly Projection[]): void {
  const names = new Set<string>();
  for (const { name } of projections) {
    if (name === '' || name.includes('\0') || Buffer.byteLength(name) > maxNameBytes || names.has(name)) {
      throw new InvalidArgumentError(`projections need names of their own, of 1 to ${maxNameBytes} bytes: got ${name}`);
    }
    names.add(name);
  }
}

/** Undefined stands for a key that was deleted. */
type Changes = Map<string, Uint8Array | undefined>;

type ReadStored = (projection: string, key: string) => Uint8Array | undefined;

export class StagedProjections {
  readonly #readStored: ReadStored;
  readonly #changes = new Map<string, Changes>();

  constructor(readStored: ReadStored) {
    this.#readStored = readStored;
  }

  /** @throws ProjectionError */
  apply(projection: Projection, record: LogRecord): void {
    try {
      projection.apply(record, this.#storeOf(projection.name));
    } catch (cause) {
      throw new ProjectionError(projection.name, { cause, record });
    }
  }

  *changes(): Iterable<readonly [projection: string, key: string, value: Uint8Array | undefined]> {
    for (const [projection, changes] of this.#changes) {
      for (const [key, value] of changes) yield [projection, key, value];
    }
  }

  #storeOf(projection: string): ProjectionStore {
    let changes = this.#changes.get(projection);
    if (!changes) {
      changes = new Map();
      this.#changes.set(projection, changes);
    }
    const staged = changes;
    return {
      get: (key) => (staged.has(key) ? staged.get(key) : this.#readStored(projection, key)),
      put: (key, value) => {
        staged.set(checkKey(key), value);
      },
      delete: (key) => {
        staged.set(checkKey(key), undefined);
      },
    };
  }
}

function checkKey(key: string): string {
  if (key === '' || Buffer.byteLength(key) > maxKeyBytes) {
    throw new InvalidArgumentError(`a projection's key has 1 to ${maxKeyBytes} bytes`);
  }
  return key;
}
