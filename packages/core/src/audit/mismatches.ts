import type { Position } from '../event-log/event-log.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { Findings } from './finding.js';

/** A place whose record is not the one that was appended there. */
export interface Mismatch {
  readonly position: Position;
  /** Of the record that is there. */
  readonly leafHash: Sha256;
  /** Of the one that was appended. */
  readonly proved: Sha256;
  /** Why it cannot be read; undefined where it can. */
  readonly reason: string | undefined;
  /** What is to be said behind that: the file that it stands in, if it is not the log's own. */
  readonly where: string;
}

/** So many are compared with each other: a log with more is broken all over. */
const mostCompared = 10_000;

/** Tells of each place once: a record that stands in the place of another is no changed one. */
export class Mismatches {
  readonly #findings: Findings;
  readonly #found: Mismatch[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(mismatch: Mismatch): void {
    if (this.#found.length < mostCompared) this.#found.push(mismatch);
    else this.#changed(mismatch);
  }

  end(): void {
    const appendedAt = new Map(this.#found.map(({ proved, position }) => [proved, position]));
    for (const mismatch of this.#found) {
      const { position, leafHash, where } = mismatch;
      const origin = appendedAt.get(leafHash);
      if (origin === undefined) this.#changed(mismatch);
      else
        this.#findings.add('reordered', `in the place of record ${position} stands record ${origin}${where}`, position);
    }
  }

  #changed({ position, reason, where }: Mismatch): void {
    const message = `record ${position} is not what was appended: its bytes have another hash${where}`;
    this.#findings.add('changed', message, position);
    if (reason === undefined) return;
    this.#findings.add('damaged', `record ${position} cannot be read: ${reason}${where}`, position);
  }
}
