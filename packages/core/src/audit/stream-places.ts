import type { Position, RecordedEvent, StreamId } from '../event-log/event-log.js';
import type { Findings } from './finding.js';

/** So many numbers of streams may be without a record: beyond that, numbers are damage, and nobody keeps room for them. */
const mostHoles = 65_536;

/** Of a record that was archived, and is not looked at. */
const archived = -1;

export function streamKey({ namespace, task }: StreamId): string {
  return `${namespace}\0${task}`;
}

/** Where the records of each stream stand, as they say themselves. What is out of its place is told once. */
export class StreamPlaces {
  readonly #findings: Findings;
  readonly #streams = new Map<string, Position[]>();
  #holes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /**
   * The positions of each stream, by its key; 0 for a record of it that is not there, or cannot be relied on, and -1 for
   * one that was archived.
   */
  get streams(): ReadonlyMap<string, readonly Position[]> {
    return this.#streams;
  }

  /** Before all records: of a stream whose first ones were archived, how many those are. */
  begin(stream: StreamId, version: number): void {
    this.#positionsOf(stream).push(...new Array<Position>(version).fill(archived));
  }

  /** Every record, in order of position. */
  take(record: RecordedEvent): void {
    const { position, version } = record;
    const positions = this.#positionsOf(record);
    const ahead = version - positions.length - 1;
    if (ahead === 0) {
      positions.push(position);
    } else if (ahead > 0 && this.#holes + ahead <= mostHoles) {
      this.#holes += ahead;
      for (let hole = 0; hole < ahead; hole += 1) positions.push(0);
      positions.push(position);
    } else if (ahead < 0 && positions[version - 1] === 0) {
      this.#holes -= 1;
      positions[version - 1] = position;
      this.#tell(
        record,
        `which belongs in front of record ${positions.find((at, index) => index >= version && at > 0)}`,
      );
    } else if (ahead < 0 && positions[version - 1] === archived) {
      this.#tell(record, 'which was archived');
    } else if (ahead < 0) {
      this.#tell(record, `which record ${positions[version - 1]} is already`);
    } else {
      this.#tell(record, `where ${positions.length + 1} belongs`);
    }
  }

  /** Once all were taken. @param gaps whether there are records whose place nobody knows: they may be those that lack */
  end(gaps: boolean): void {
    if (gaps || this.#holes === 0) return;
    for (const [key, positions] of this.#streams) {
      const hole = positions.indexOf(0);
      if (hole < 0) continue;
      const position = positions.find((at, index) => index > hole && at > 0);
      const where = key.replace('\0', '/');
      this.#findings.add('reordered', `there is no number ${hole + 1} of ${where}, and a later one is there`, position);
    }
  }

  #positionsOf(stream: StreamId): Position[] {
    const key = streamKey(stream);
    let positions = this.#streams.get(key);
    if (!positions) {
      positions = [];
      this.#streams.set(key, positions);
    }
    return positions;
  }

  #tell({ namespace, task, version, position }: RecordedEvent, what: string): void {
    this.#findings.add(
      'reordered',
      `record ${position} is number ${version} of ${namespace}/${task}, ${what}`,
      position,
    );
  }
}
