/**
 * Moves the oldest records of a log to files, a segment at a time. Of each, in this order: it is said what is about to be
 * written (left-files.ts); it is written under a temporary name and put on disk; read back, and compared with the tree; given its name; and only then its records leave the log, in
 * the transaction of the event that says who moved them where. Whenever this is cut short, the records are in the log, or in
 * a whole file that the log names (docs/adr/0025).
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Actor, EventLog, Position } from '../event-log/event-log.js';
import { streamPrefix } from '../event-log/lmdb-keys.js';
import { assertRead, type Cut, movedMeanwhile, type Segment } from '../event-log/log-base.js';
import { type EncodedPayloads, encodePayloads, readPayload } from '../event-log/payload-file.js';
import { systemStream } from '../event-log/shredding.js';
import { type Clock, parseTimestamp, type Timestamp } from '../kernel/clock.js';
import { FailedPreconditionError, InvalidArgumentError } from '../kernel/errors.js';
import { syncNames } from '../kernel/storage.js';
import { sha256Of } from '../kernel/typed-any.js';
import type { Point } from '../projections/as-of.js';
import { makeOwnFolder } from '../runtime/folders.js';
import { draftOf, publish, readSegmentFile, writeDraft } from './archive-folder.js';
import { ArchiveFolds, archiveFoldVersions, toldVersions } from './archive-folds.js';
import { PayloadPlan } from './archive-payloads.js';
import { firstUnproved, Intent, removeLeftFiles } from './left-files.js';
import { logRecord } from './log-topics.js';
import { decodeSegment, encodeSegment, segmentFiles } from './segment-file.js';

/** So many records at most are in a segment: others wait for as long as it takes to remove them from the log. */
const segmentRecords = 4_096;
/** So long their texts are together, about, and some more with the last one: far from what a file may have that is read back. */
const segmentTextLength = 16 << 20;
const takenAtOnce = 256;

export type ArchiveStep = 'write' | 'verify' | 'publish' | 'cut' | 'done';

export interface ArchiveOptions {
  /** Records before this position, or before the first one of this time or later. */
  readonly before: Point;
  /** An absolute path; made (0700) where it is not there. */
  readonly folder: string;
  /** Called before each step, and when a segment is done. */
  readonly onStep?: ((step: ArchiveStep, segment: Pick<Segment, 'first' | 'last'>) => void) | undefined;
}

export interface Archived {
  /** The log begins behind it now. */
  readonly position: Position;
  readonly records: number;
  /** Those that were written; none where there was nothing to move. */
  readonly segments: readonly Segment[];
}

interface Surroundings {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly actor: Actor;
  /** The folder of the root. */
  readonly root: string;
}

/**
 * @throws InvalidArgumentError for a point that is none, or is to come
 * @throws FailedPreconditionError if a subscription has not read as far, somebody else archives, the folder is open to others,
 * or a record is not what was appended: it stays where it is
 * @throws UnavailableError if the folder, or the log, cannot be written; what was moved by then is moved, all else stays
 */
export async function archiveRecords(surroundings: Surroundings, options: ArchiveOptions): Promise<Archived> {
  const { log, clock, root } = surroundings;
  const { folder, before } = options;
  const last = lastBefore(log, clock, before);
  await removeLeftFiles(log, root);
  const segments: Segment[] = [];
  const begin = log.base.position;
  if (last > begin) {
    for (const cursor of log.cursors.all()) assertRead(cursor, last);
    makeOwnFolder('archive folder', folder);
    syncNames(folder);
  }
  const plan = last > begin ? new PayloadPlan(log, root) : undefined;
  for (let position = begin; plan && position < last; position = segments.at(-1)?.last ?? last) {
    const end = Math.min(last, position + segmentRecords);
    segments.push(await archiveSegment(surroundings, options, plan, position + 1, end));
  }
  const records = segments.reduce((sum, segment) => sum + segment.last - segment.first + 1, 0);
  return { position: log.base.position, records, segments };
}

function lastBefore(log: EventLog, clock: Clock, before: Point): Position {
  if (typeof before === 'number') return lastBeforePosition(log, before);
  const [time, now] = [parseTimestamp(before), clock.now()];
  if (time > now) throw new InvalidArgumentError(`${time} is to come: it is ${now}`, { details: { time, now } });
  return lastBeforeTime(log, time);
}

function lastBeforePosition(log: EventLog, before: Position): Position {
  const head = log.head();
  if (Number.isSafeInteger(before) && before >= 1 && before <= head + 1) return before - 1;
  throw new InvalidArgumentError(
    `${before} is no position to archive before: the log has positions up to ${head}, so give one from 1 to ${head + 1}`,
    { details: { before, head } },
  );
}

/** Where the clock was set back, a record of that time stays, and all behind it. */
function lastBeforeTime(log: EventLog, time: Timestamp): Position {
  let last = log.base.position;
  for (const record of log.read()) {
    if (record.time >= time) break;
    last = record.position;
  }
  return last;
}

async function archiveSegment(
  surroundings: Surroundings,
  { folder, onStep }: ArchiveOptions,
  plan: PayloadPlan,
  first: Position,
  end: Position,
): Promise<Segment> {
  const { log, root } = surroundings;
  const { texts, hashes, ...cut } = await takeRecords(log, first, end);
  const last = first + texts.length - 1;
  const step = (name: ArchiveStep) => onStep?.(name, { first, last });
  const head = { origin: log.origin, first, last };
  const bytes = await encodeSegment(head, texts);
  const leaving = plan.leaving(hashes, last);
  const packed = encodePayloads([...leaving].flatMap(([hash, payload]) => (payload ? [[hash, payload] as const] : [])));
  const { file, ...names } = segmentFiles(head);
  const payloadFile = packed.places.size > 0 ? names.payloadFile : '';
  const segment = { first, last, file, folder, bytes: bytes.length, sha256: sha256Of(bytes), payloadFile };
  await using intent = await Intent.of(log, root, { folder, files: payloadFile === '' ? [file] : [file, payloadFile] });
  step('write');
  await writeDraft(folder, file, bytes);
  if (payloadFile !== '') await writeDraft(folder, payloadFile, packed.bytes);
  step('verify');
  await assertWritten(log, folder, segment);
  if (payloadFile !== '') await assertPayloads(folder, payloadFile, packed.places);
  step('publish');
  if (payloadFile !== '') await publish(folder, payloadFile);
  await publish(folder, file);
  step('cut');
  const payloads = new Map([...leaving.keys()].map((hash) => [hash, packed.places.get(hash)]));
  await cutSegment(surroundings, intent, { segment, ...cut, payloads, scanned: plan.scanned });
  step('done');
  return segment;
}

interface Taken extends Omit<Cut, 'segment' | 'payloads' | 'scanned'> {
  readonly texts: readonly string[];
  /** Of payloads that may leave with them. */
  readonly hashes: ReadonlySet<string>;
}

/** Not up to the last one where they are too long for one file. */
async function takeRecords(log: EventLog, first: Position, last: Position): Promise<Taken> {
  const folds = new ArchiveFolds(log.base);
  const versions = new Map<string, number>();
  const texts: string[] = [];
  const refuse = (position: Position, reason: string): never => {
    if (log.base.position >= first) throw movedMeanwhile(log.base.position);
    throw new FailedPreconditionError(
      `record ${position} stays where it is, and all behind it: ${reason}; \`shiplog audit verify\` says more, and what is before it can be archived (--before ${position})`,
      { details: { position } },
    );
  };
  const onDamage = ({ position, reason }: { readonly position: Position; readonly reason: string }) =>
    refuse(position, reason);
  let length = 0;
  for (const record of log.read({ after: first - 1, until: last, onDamage })) {
    if (length >= segmentTextLength) break;
    const { position } = record;
    if (position !== first + texts.length) refuse(first + texts.length, 'it is not there');
    const text = Buffer.from(log.storedBytes(position) ?? Buffer.of()).toString();
    if (text.includes('\n')) refuse(position, 'it is more than one line');
    texts.push(text);
    length += text.length;
    versions.set(streamPrefix(record), record.version);
    folds.take(record);
    if (texts.length % takenAtOnce === 0) await setImmediate(); // The rest of the process has work, too.
  }
  const isWhole = texts.length === last - first + 1 || length >= segmentTextLength;
  if (!isWhole) refuse(first + texts.length, 'it is not there');
  const wrong = firstUnproved(log, first, texts);
  if (wrong !== undefined) refuse(wrong, 'it is not what was appended');
  const { hashes } = folds;
  return { texts, hashes, versions, foldVersions: archiveFoldVersions, changes: [...folds.changes()] };
}

async function assertWritten(log: EventLog, folder: string, segment: Segment): Promise<void> {
  const bytes = await readSegmentFile(folder, draftOf(segment.file));
  const { texts = [], fault: broken } = decodeSegment(bytes, segment, log.origin);
  const fault = broken ?? (firstUnproved(log, segment.first, texts) && 'its records are others');
  if (fault === undefined) return;
  throw new FailedPreconditionError(
    `what was written to ${folder} is not what was read back: ${fault}; check the disk`,
  );
}

async function assertPayloads(folder: string, name: string, places: EncodedPayloads['places']): Promise<void> {
  for (const [sha256, place] of places) {
    if (readPayload(join(folder, draftOf(name)), sha256, place)) continue;
    throw new FailedPreconditionError(`the payload ${sha256} cannot be read back from ${folder}: check the disk`);
  }
}

async function cutSegment({ log, clock, actor }: Surroundings, intent: Intent, cut: Cut): Promise<void> {
  const folds = toldVersions(cut.foldVersions);
  const event = { type: '/audit/archived', requestId: actor.requestId, ...cut.segment, folds } as const;
  try {
    const records = [logRecord(event, actor, clock.now())];
    await log.append({ stream: systemStream, expectedVersion: 'any', cut, records });
  } catch (error) {
    // All else than a refusal may have been committed.
    if (!(error instanceof FailedPreconditionError)) intent.leaveOpen();
    throw error;
  }
}
