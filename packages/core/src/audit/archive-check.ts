/** Archived segments for verification: which of them can be looked at, and their records in order. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Position, RecordedEvent, StoredLog, StoredRecord } from '../event-log/event-log.js';
import { type Segment, wholeLog } from '../event-log/log-base.js';
import { isPayloadIn } from '../event-log/payload-file.js';
import { decodeRecord, isDamage } from '../event-log/record-codec.js';
import { sha256Of } from '../kernel/typed-any.js';
import { leafHashOfText } from '../merkle/hash.js';
import { ArchiveFolds } from './archive-folds.js';
import type { Findings } from './finding.js';
import { checkFolds } from './fold-check.js';
import type { LogTopic } from './log-topics.js';
import { decodeSegment, rangeIn } from './segment-file.js';

/** One that was archived: as the file has it, or unseen. */
export interface ArchivedEntry {
  readonly position: Position;
  /** Where it stands. */
  readonly file: string;
  readonly stored: StoredRecord | undefined;
}

/** A segment whose range makes sense; and where its file is, if it was found. */
interface Looked {
  readonly segment: Segment;
  readonly at: string | undefined;
}

export class ArchiveCheck {
  /** Whether every archived record can be looked at, so that all is checked from the first one on. */
  readonly complete: boolean;
  /** The last archived position. */
  readonly end: Position;
  readonly #stored: StoredLog;
  readonly #findings: Findings;
  readonly #looked: readonly Looked[];
  /** Where each segment was found, by its last position. */
  readonly #folders: ReadonlyMap<Position, string | undefined>;
  readonly #folds = new ArchiveFolds(wholeLog);
  /** What events say was archived. */
  readonly #told = new Map<Position, RecordedEvent>();

  /**
   * @param folder where the files are; where they were written to, or else `beside`, when absent
   * @param beside a folder beside the log
   */
  constructor(
    stored: StoredLog,
    { folder, beside }: { readonly folder?: string | undefined; readonly beside?: string | undefined },
    findings: Findings,
    notices: string[],
  ) {
    this.#stored = stored;
    this.#findings = findings;
    this.end = stored.base.position;
    const segments = stored.base.segments();
    const foldersOf = ({ folder: written }: Segment) =>
      folder !== undefined ? [folder] : [...(beside === undefined ? [] : [beside]), written];
    this.#looked = this.#chain(segments).map((segment) => {
      return { segment, at: foldersOf(segment).find((place) => existsSync(join(place, segment.file))) };
    });
    this.#folders = new Map(this.#looked.map(({ segment: { last }, at }) => [last, at]));
    this.complete = this.#looked.length === segments.length && this.#looked.every(isSame);
    const folders = new Set(segments.filter(({ file }) => file !== '').flatMap(foldersOf));
    // Whoever keeps them elsewhere has no folder here; a file that is gone out of its folder is lost.
    const isExpected = folder !== undefined || [...folders].some((place) => existsSync(place));
    for (const { segment, at } of this.#looked) {
      if (at !== undefined) continue;
      const { first, last, file } = segment;
      const places = foldersOf(segment);
      const where = places.find((place) => existsSync(place)) ?? places.at(-1);
      const message = `records ${first} to ${last} were archived, and ${file} is not in ${where}`;
      if (isExpected) findings.add('archive', message, first);
      else notices.push(`${message}: they were not looked at, nor what was carried on from them (--archives)`);
    }
    const named = new Set(segments.flatMap(({ file, payloadFile }) => [file, payloadFile]));
    for (const at of folders) {
      for (const name of tryList(at)) {
        if (!rangeIn(name, stored.origin) || named.has(name)) continue;
        notices.push(
          `${join(at, name)} is of no segment that this log names: archiving was cut short, or it is of another copy of this log`,
        );
      }
    }
  }

  /** Each archived position, in order; also those that are in no segment. */
  *entries(): Generator<ArchivedEntry> {
    let position = 0;
    for (const { segment, at } of this.#looked) {
      const { first, last, file } = segment;
      while (position + 1 < first) yield { position: ++position, file, stored: undefined };
      const texts = at === undefined ? undefined : this.#textsOf(segment, join(at, file));
      while (position < last) {
        position += 1;
        const text = texts?.[position - first];
        yield { position, file, stored: text === undefined ? undefined : storedAs(position, text) };
      }
    }
    while (position < this.end) yield { position: ++position, file: '', stored: undefined };
  }

  /** Every record that can be read, archived or not. */
  take(record: RecordedEvent, stored: StoredRecord): void {
    if (record.position <= this.end) this.#carryOn(stored);
    if (record.type === ('/audit/archived' satisfies LogTopic)) this.#told.set(Number(record.event.last), record);
  }

  /**
   * The payloads that were archived, by hash. Of those whose files are not at hand nothing is said.
   *
   * @param wiped whether a payload was to be destroyed, and that is not done
   */
  payloads(wiped: (sha256: string) => boolean): ReadonlySet<string> {
    const files = new Map(this.#stored.base.segments().map(({ last, payloadFile }) => [last, payloadFile]));
    const there = new Set<string>();
    for (const payload of this.#stored.base.payloads()) {
      const { sha256, last } = payload;
      const [folder, file] = [this.#folders.get(last), files.get(last)];
      if (!file) {
        this.#findings.add('archive', `the payload ${sha256} is said to be in a file that the log does not name`);
        continue;
      }
      there.add(sha256);
      if (folder === undefined) continue;
      if (isPayloadIn(join(folder, file), payload)) continue;
      const why = wiped(sha256) ? 'a shredding of it was cut short: ask for it again' : 'it was changed, or is gone';
      this.#findings.add('archive', `the payload ${sha256} does not stand in ${file}: ${why}`);
    }
    return there;
  }

  #carryOn(stored: StoredRecord): void {
    const record = stored.whole();
    if (!isDamage(record)) this.#folds.take(record);
  }

  /** Once all were taken: what was carried on, and what events say of the segments. */
  finish(notices: string[]): void {
    if (this.complete && this.end > 0) {
      checkFolds(this.#stored.base, this.#folds, this.#told.get(this.end), this.#findings, notices);
    }
    const segments = this.#stored.base.segments();
    for (const segment of segments) {
      const { first, last, file } = segment;
      const event = this.#told.get(last)?.event;
      // That of the last one stands behind it, so it is never archived with what it tells of.
      if (!event && !this.complete && last !== this.end) continue;
      if (event && Object.entries(segment).every(([member, value]) => event[member] === value)) continue;
      this.#findings.add('archive', `no event says that records ${first} to ${last} went to ${file}`, first);
    }
    for (const [last, { position, event }] of this.#told) {
      if (segments.some((segment) => segment.last === last)) continue;
      this.#findings.add(
        'archive',
        `record ${position} says that ${event.file} was archived, which the log does not name`,
      );
    }
  }

  /** G1. Returns those that make sense. */
  #chain(segments: readonly Segment[]): readonly Segment[] {
    let end = 0;
    return segments.filter(({ first, last, file }) => {
      const begin = end + 1;
      end = last;
      if (first === begin) return true;
      const what =
        file === '' ? `the entry of the segment up to ${last} cannot be read` : `${file} begins with ${first}`;
      this.#findings.add('archive', `${what}, where ${begin} belongs`, begin);
      return first > begin && first <= last;
    });
  }

  #textsOf(segment: Segment, path: string): readonly string[] | undefined {
    const bytes = tryRead(path);
    if (!bytes) return undefined;
    const { texts, fault } = decodeSegment(bytes, segment, this.#stored.origin);
    if (fault === undefined) return texts;
    const { first, last, file } = segment;
    this.#findings.add(
      'archive',
      `${file}, with records ${first} to ${last}, is not what was archived: ${fault}`,
      first,
    );
    return texts;
  }
}

function storedAs(position: Position, text: string): StoredRecord {
  const decoded = decodeRecord(position, text);
  return { position, leafHash: leafHashOfText(text), decoded, whole: () => decoded };
}

function isSame({ segment: { file, sha256 }, at }: Looked): boolean {
  const bytes = at === undefined ? undefined : tryRead(join(at, file));
  return bytes !== undefined && sha256Of(bytes) === sha256;
}

function tryRead(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function tryList(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
