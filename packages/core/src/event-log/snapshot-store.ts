import type { Position } from './position.js';

/** Something that was made from the records up to and with a position. */
export interface Snapshot {
  readonly position: Position;
  readonly bytes: Uint8Array;
}

/**
 * Snapshots in series, each by its name. They are a cache beside the log: whoever reads one must be able to do without,
 * or to make it anew, and writing one is never part of an append.
 */
export interface SnapshotStore {
  /** False where the log was opened for reading only. */
  readonly writable: boolean;

  /** Those up to and with a position, the newest first; all when it is absent. */
  newestFirst(series: string, until?: Position): Iterable<Snapshot>;

  /** The oldest one at or behind a position. */
  next(series: string, from: Position): Snapshot | undefined;

  /** The names of all series that have one, in order. */
  series(): readonly string[];

  /**
   * All of them or, if it throws, none. One that is there already is replaced.
   *
   * @throws InvalidArgumentError for a name that is empty, too long or holds a NUL
   * @throws UnavailableError if it cannot be written
   */
  put(snapshots: readonly (Snapshot & { readonly series: string })[]): void;

  /** Drops a whole series. @throws UnavailableError if it cannot be written */
  drop(series: string): void;
}
