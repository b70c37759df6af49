/** Archived segments for verification: which of them can be looked at, and their records in order. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Position, RecordedEvent, StoredLog, StoredRecord } from '../event-log/event-log.js';
import { type ArchivedPayload, type Segment, wholeLog } from '../event-log/log-base.js';
import { readPayload } from '../event-log/payload-file.js';
import { decodeRecord, isDamage } from '../event-log/record-codec.js';
import { sha256Of } from '../kernel/typed-any.js';
import { leafHashOfText } from '../merkle/hash.js';
import { ArchiveFolds, archiveFoldVersions } from './archive-folds.js';
import type { Findings } from './finding.js';
import type { LogTopic } from './log-topics.js';
import { decodeSegment, rangeIn } from './segment-file.js';

/** One that was archived: as the file has it, or unseen. */
export interface ArchivedEntry {
  readonly position: Position;
  readonly segment: Segment;
  readonly stored: StoredRecord | undefined;
}

interface Looked {
  readonly segment: Segment;
  readonly texts: () => readonly string[] | undefined;
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
    const segments = this.#chain(stored.base.segments());
    const files = segments.map((segment) => {
      const folders = folder !== undefined ? [folder] : [...(beside === undefined ? [] : [beside]), segment.folder];
      const at = folders.find((place) => existsSync(join(place, segment.file)));
      return { segment, at, path: at === undefined ? undefined : join(at, segment.file) };
    });
    const isExpected = folder !== undefined || files.some(({ path }) => path !== undefined);
    this.#folders = new Map(files.map(({ segment: { last }, at }) => [last, at]));
    this.#looked = files.map(({ segment, path }) => ({ segment, texts: () => this.#textsOf(segment, path) }));
    this.complete = files.every(({ segment, path }) => isSame(segment, path));
    for (const { segment, path } of files) {
      const { first, last, file } = segment;
      if (path !== undefined) continue;
      const where = folder ?? segment.folder;
      const message = `records ${first} to ${last} were archived, and ${file} is not in ${where}`;
      if (isExpected) findings.add('archive', message, first);
      else notices.push(`${message}: they were not looked at, nor what was carried on from them (--archives)`);
    }
    const named = new Set(segments.flatMap(({ file, payloadFile }) => [file, payloadFile]));
    for (const at of new Set(folder !== undefined ? [folder] : segments.map((segment) => segment.folder))) {
      for (const name of tryList(at)) {
        if (!rangeIn(name, stored.origin) || named.has(name)) continue;
        notices.push(
          `${join(at, name)} is of no segment that this log names: archiving was cut short, or it is of another copy of this log`,
        );
      }
    }
  }

  /** Each archived position, in order. */
  *entries(): Generator<ArchivedEntry> {
    for (const { segment, texts } of this.#looked) {
      const read = texts();
      for (let position = segment.first; position <= segment.last; position += 1) {
        const text = read?.[position - segment.first];
        yield { position, segment, stored: text === undefined ? undefined : storedAs(position, text) };
      }
    }
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
      if (tryPayload(join(folder, file), payload)) continue;
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
    if (this.complete && this.end > 0) this.#checkFolds(notices);
    const segments = this.#stored.base.segments();
    for (const { first, last, file, sha256 } of segments) {
      const event = this.#told.get(last)?.event;
      // That of the last one stands behind it, so it is never archived with what it tells of.
      if (!event && !this.complete && last !== this.end) continue;
      if (event?.first === first && event.file === file && event.sha256 === sha256) continue;
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

  /** G1. */
  #chain(segments: readonly Segment[]): readonly Segment[] {
    let end = 0;
    for (const { first, last, file } of segments) {
      if (first !== end + 1) this.#findings.add('archive', `${file} begins with ${first}, where ${end + 1} belongs`);
      end = last;
    }
    return segments;
  }

  #textsOf(segment: Segment, path: string | undefined): readonly string[] | undefined {
    const bytes = path === undefined ? undefined : tryRead(path);
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

  #checkFolds(notices: string[]): void {
    const { base } = this.#stored;
    const wanted = new Map<string, Map<string, Uint8Array>>(
      Object.keys(archiveFoldVersions).map((fold) => [fold, new Map()]),
    );
    for (const [fold, key, value] of this.#folds.changes()) if (value) wanted.get(fold)?.set(key, value);
    for (const [fold, values] of wanted) {
      if (base.foldVersion(fold) !== archiveFoldVersions[fold]) {
        notices.push(
          `what was carried on of archived records (${fold}) was made by another version: it was not looked at`,
        );
        continue;
      }
      for (const [key, value] of base.foldedEntries(fold)) {
        const same = values.get(key);
        values.delete(key);
        if (same && Buffer.compare(same, value) === 0) continue;
        this.#findings.add('archive', `what was carried on of archived records is not what they say: ${fold}, ${key}`);
      }
      for (const key of values.keys()) {
        this.#findings.add('archive', `what was carried on of archived records is not there: ${fold}, ${key}`);
      }
    }
  }
}

function storedAs(position: Position, text: string): StoredRecord {
  const decoded = decodeRecord(position, text);
  return { position, leafHash: leafHashOfText(text), decoded, whole: () => decoded };
}

function isSame({ sha256 }: Segment, path: string | undefined): boolean {
  const bytes = path === undefined ? undefined : tryRead(path);
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

function tryPayload(path: string, payload: ArchivedPayload): boolean {
  try {
    return readPayload(path, payload.sha256, payload) !== undefined;
  } catch {
    return false;
  }
}
