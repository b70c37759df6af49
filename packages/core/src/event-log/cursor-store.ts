import type { Timestamp } from '../kernel/clock.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';
import type { Position } from './position.js';

/** How far a named subscription has got. It is plain JSON. */
export interface Cursor {
  readonly name: string;
  /** Everything up to and with it was acknowledged. */
  readonly position: Position;
  readonly createdAt: Timestamp;
  /** When the position was last moved on; null before the first time. */
  readonly acknowledgedAt: Timestamp | null;
  /** Who reads at present, or read when its process ended; null for nobody. */
  readonly holder: CursorHolder | null;
  /** What the subscriber said that it cannot deal with, until it can; null for nothing. */
  readonly failure: CursorFailure | null;
  /** How many records the subscriber passed over because it could not deal with them. */
  readonly skipped: number;
}

export interface CursorHolder {
  readonly process: ProcessIdentity;
  /** Tells apart what one process opens one after the other. */
  readonly token: string;
  readonly since: Timestamp;
}

export interface CursorFailure {
  readonly position: Position;
  readonly attempts: number;
  readonly message: string;
  readonly at: Timestamp;
}

/** What a change makes of a cursor: from undefined where there was none, to undefined where there shall be none. */
export type CursorChange = (before: Cursor | undefined) => Cursor | undefined;

/** The cursors of a log, beside it and in its file: no append has anything to do with them. */
export interface CursorStore {
  /** In the order of names. @param onDamage told of each that cannot be read */
  all(onDamage?: (name: string) => void): readonly Cursor[];

  /** @throws UnavailableError if it cannot be read */
  get(name: string): Cursor | undefined;

  /**
   * Changes one cursor, alone and at once for all processes; it is on disk when this returns. Nothing is written where
   * the change gives back what it got, and nothing if it throws.
   *
   * @throws UnavailableError if it cannot be read or written
   */
  change(name: string, change: CursorChange): Cursor | undefined;

  /** Drops one, also one that cannot be read; false if there is none. @throws UnavailableError */
  drop(name: string): boolean;
}
