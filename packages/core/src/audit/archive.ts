/**
 * Moves the oldest records of a log to files, a segment at a time. Of each, in this order: it is written under a temporary
 * name and put on disk; read back, and compared with the tree; given its name; and only then its records leave the log, in
 * the transaction of the event that says who moved them where. Whenever this is cut short, the records are in the log, or in
 * a whole file that the log names (docs/adr/0025).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Actor, EventLog, Position } from '../event-log/event-log.js';
import { streamPrefix } from '../event-log/lmdb-keys.js';
import { assertRead, type Cut, movedMeanwhile, type Segment } from '../event-log/log-base.js';
import { systemStream } from '../event-log/shredding.js';
import { type Clock, parseTimestamp, type Timestamp } from '../kernel/clock.js';
import { FailedPreconditionError, InvalidArgumentError } from '../kernel/errors.js';
import { sha256Of } from '../kernel/typed-any.js';
import { leafHashOfText } from '../merkle/hash.js';
import { tileWidth } from '../merkle/tree.js';
import type { Point } from '../projections/as-of.js';
import { makeOwnFolder } from '../runtime/folders.js';
import { publish, readSegmentFile, removeLeftDrafts, writeDraft } from './archive-folder.js';
import { ArchiveFolds, archiveFoldVersions } from './archive-folds.js';
import { logRecord } from './log-topics.js';
import { decodeSegment, encodeSegment, segmentFileName } from './segment-file.js';

/** In the root folder, where nothing else is asked for. */
export const archivesFolder = 'archives';

/** So many records at most are in a segment: others wait for as long as it takes to remove them from the log. */
const segmentRecords = 16_384;

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
}

/**
 * @throws InvalidArgumentError for a point that is none, or is to come
 * @throws FailedPreconditionError if a subscription has not read as far, somebody else archives, the folder is open to others,
 * or a record is not what was appended: it stays where it is
 * @throws UnavailableError if the folder, or the log, cannot be written; what was moved by then is moved, all else stays
 */
export async function archiveRecords(surroundings: Surroundings, options: ArchiveOptions): Promise<Archived> {
  const { log, clock } = surroundings;
  const { folder, before } = options;
  const last = lastBefore(log, clock, before);
  const segments: Segment[] = [];
  const begin = log.base.position;
  if (last > begin) {
    for (const cursor of log.cursors.all()) assertRead(cursor, last);
    await makeOwnFolder('archive folder', folder);
    await removeLeftDrafts(folder);
  }
  for (let position = begin; position < last; position = segments.at(-1)?.last ?? last) {
    const end = Math.min(last, position + segmentRecords);
    segments.push(await archiveSegment(surroundings, options, position + 1, end));
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
  first: Position,
  last: Position,
): Promise<Segment> {
  const { log } = surroundings;
  const step = (name: ArchiveStep) => onStep?.(name, { first, last });
  const { texts, ...cut } = takeRecords(log, first, last);
  const head = { origin: log.origin, first, last };
  const bytes = await encodeSegment(head, texts);
  const sha256 = sha256Of(bytes);
  const segment = { first, last, file: segmentFileName(head, sha256), folder, bytes: bytes.length, sha256 };
  step('write');
  const draft = await writeDraft(folder, bytes);
  try {
    step('verify');
    await assertWritten(log, folder, draft, segment);
    step('publish');
    await publish(folder, draft, segment.file);
  } catch (error) {
    await rm(join(folder, draft), { force: true }).catch(() => undefined);
    throw error;
  }
  step('cut');
  await cutSegment(surroundings, { segment, ...cut });
  step('done');
  return segment;
}

interface Taken extends Omit<Cut, 'segment'> {
  readonly texts: readonly string[];
}

function takeRecords(log: EventLog, first: Position, last: Position): Taken {
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
  for (const record of log.read({ after: first - 1, until: last, onDamage })) {
    const { position } = record;
    if (position !== first + texts.length) refuse(first + texts.length, 'it is not there');
    const text = Buffer.from(log.storedBytes(position) ?? Buffer.of()).toString();
    if (text.includes('\n')) refuse(position, 'it is more than one line');
    texts.push(text);
    versions.set(streamPrefix(record), record.version);
    folds.take(record);
  }
  if (texts.length !== last - first + 1) refuse(first + texts.length, 'it is not there');
  const wrong = firstUnproved(log, first, texts);
  if (wrong !== undefined) refuse(wrong, 'it is not what was appended');
  return { texts, versions, foldVersions: archiveFoldVersions, changes: [...folds.changes()] };
}

/** The first position whose text is not what the tree has. */
function firstUnproved(log: EventLog, first: Position, texts: readonly string[]): Position | undefined {
  for (let index = first - 1; index < first - 1 + texts.length; ) {
    const count = Math.min(tileWidth - (index % tileWidth), first - 1 + texts.length - index);
    for (const leaf of log.tree.hashes(0, index, count)) {
      if (leafHashOfText(texts[index - first + 1] ?? '') !== leaf) return index + 1;
      index += 1;
    }
  }
  return undefined;
}

async function assertWritten(log: EventLog, folder: string, draft: string, segment: Segment): Promise<void> {
  const { texts = [], fault: broken } = decodeSegment(await readSegmentFile(folder, draft), segment, log.origin);
  const fault = broken ?? (firstUnproved(log, segment.first, texts) && 'its records are others');
  if (fault === undefined) return;
  throw new FailedPreconditionError(
    `what was written to ${folder} is not what was read back: ${fault}; check the disk`,
  );
}

async function cutSegment({ log, clock, actor }: Surroundings, cut: Cut): Promise<void> {
  const { segment } = cut;
  try {
    await log.append({
      stream: systemStream,
      expectedVersion: 'any',
      cut,
      records: [logRecord({ type: '/audit/archived', requestId: actor.requestId, ...segment }, actor, clock.now())],
    });
  } catch (error) {
    if (error instanceof FailedPreconditionError) await removeUnnamed(log, segment);
    throw error;
  }
}

/** Of a segment that was refused, unless the log has one of the same bytes. Any other error may have come too late. */
async function removeUnnamed(log: EventLog, { folder, file, first }: Segment): Promise<void> {
  const isNamed = log.base.segments().some((segment) => segment.file === file);
  // Whoever else may have written this very file is refused, too, once the log begins behind it.
  if (isNamed || log.base.position < first) return;
  await rm(join(folder, file), { force: true }).catch(() => undefined);
}
