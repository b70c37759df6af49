import type { Position } from '../event-log/event-log.js';

/** What was found wrong. */
export const findingKinds = {
  file: 'the file does not hang together',
  missing: 'a record is not there',
  damaged: 'a record cannot be read',
  changed: 'a record is not the one that was appended',
  unproved: 'a record has no leaf hash',
  reordered: 'a record is not where its stream has it',
  index: 'the index of streams does not fit the records',
  tree: 'the tree does not fit the records',
  added: 'something is stored that no record accounts for',
  blob: 'what a record refers to is not there, or was changed',
  checkpoint: 'a checkpoint does not fit the log',
  signature: 'a checkpoint is not signed by a key that is known',
  origin: 'a checkpoint is of another log',
  truncated: 'the log ends before a checkpoint does',
  rewritten: 'the log is not the one that a checkpoint was made of',
  state: 'a stored state is not what the events say',
  snapshot: 'what --at answers from is not what the events say',
  archive: 'what was archived is not what left the log',
  unknown: 'this version does not know an event',
} as const;

export type FindingKind = keyof typeof findingKinds;

export interface Finding {
  readonly kind: FindingKind;
  /** Where there is one. */
  readonly position?: Position;
  readonly message: string;
}

/** So many are told one by one: of a log that is broken all over, the rest says no more. */
const mostTold = 1_000;

export class Findings {
  readonly #told: Finding[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get told(): readonly Finding[] {
    return this.#told;
  }

  add(kind: FindingKind, message: string, position?: Position): void {
    this.#count += 1;
    if (this.#told.length < mostTold) this.#told.push({ kind, ...(position !== undefined && { position }), message });
  }
}
