/**
 * Where the log begins. Records before it were moved to files, in segments; what folds had come to with the last of them
 * stays, so that whatever is made from records goes on from there, and not from the first one.
 *
 * Invariants:
 *  G1  Segments stand one behind the other from position 1: the log begins behind the last one, and nothing is in both.
 *  G2  A segment's records leave in the transaction of the event that says who moved them, and of what folds came to.
 *  G3  Leaf hashes and the nodes of the tree stay: every proof is as it was.
 */
import { FailedPreconditionError, UnavailableError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { PayloadPlace } from './payload-file.js';
import type { Position } from './position.js';

/** Some records, one behind the other, in a file. */
export interface Segment {
  readonly first: Position;
  readonly last: Position;
  /** The name of the file, in the folder that it was written to. */
  readonly file: string;
  readonly folder: string;
  /** The length of the file, and what it holds. */
  readonly bytes: number;
  readonly sha256: Sha256;
  /** Beside it, the payloads that left with these records; empty where none did (payload-file.ts). */
  readonly payloadFile: string;
}

/** In the root folder, where archives are when nothing else was asked for. */
export const archivesFolder = 'archives';

/** A payload in the file of a segment. */
export interface ArchivedPayload extends PayloadPlace {
  readonly sha256: Sha256;
  /** The last position of the segment. */
  readonly last: Position;
}

export interface LogBase {
  /** The last record that was moved away; 0 where none was. */
  readonly position: Position;
  /** The oldest first. */
  segments(): readonly Segment[];
  /** The version of a fold that was carried on to there; undefined for one that was not. */
  foldVersion(fold: string): number | undefined;
  folded(fold: string, key: string): Uint8Array | undefined;
  /** In the order of keys. */
  foldedEntries(fold: string): Iterable<readonly [key: string, value: Uint8Array]>;
  /** Where a payload is that was archived; undefined for one that was not. */
  payload(sha256: Sha256): ArchivedPayload | undefined;
  payloads(): Iterable<ArchivedPayload>;
}

export type FoldChange = readonly [fold: string, key: string, value: Uint8Array | undefined];

/** What an append takes away from the beginning of the log. */
export interface Cut {
  readonly segment: Segment;
  /** The version of the last record of each stream that has one in the segment; by namespace NUL task NUL. */
  readonly versions: ReadonlyMap<string, number>;
  /** Of all folds that were carried on, by name. */
  readonly foldVersions: Readonly<Record<string, number>>;
  readonly changes: readonly FoldChange[];
  /** Payloads that leave with the records, and where they are now; undefined for one that was archived before. */
  readonly payloads: ReadonlyMap<Sha256, PayloadPlace | undefined>;
  /** None of them is referred to by a record behind the segment, up to and with this position. */
  readonly scanned: Position;
}

/** What a fold has put down as JSON. @throws UnavailableError if it is damaged: the files of archives still have what it was made from */
export function carriedOn<T>(fold: string, bytes: Uint8Array): T {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as T;
  } catch (cause) {
    throw new UnavailableError(
      `what was carried on of archived records (${fold}) is damaged: \`shiplog audit verify\` says more`,
      { cause },
    );
  }
}

export const wholeLog: LogBase = {
  position: 0,
  segments: () => [],
  foldVersion: () => undefined,
  folded: () => undefined,
  foldedEntries: () => [],
  payload: () => undefined,
  payloads: () => [],
};

/** What was asked for stands in an archive. */
export class RecordsArchivedError extends FailedPreconditionError {
  override readonly name = 'RecordsArchivedError';

  constructor(base: LogBase, asked: Position) {
    const { position } = base;
    const segment = base.segments().find(({ last }) => last >= asked);
    const where = segment ? `${segment.folder}/${segment.file}` : 'an archive';
    super(
      `the log begins behind position ${position}, and position ${asked} was archived: it is in ${where} (\`shiplog audit archive --list\`)`,
      { details: { position, asked, ...(segment && { file: segment.file, folder: segment.folder }) } },
    );
  }
}

/** @throws RecordsArchivedError for a record that was moved away */
export function assertNotArchived(base: LogBase, position: Position): void {
  if (position > 0 && position <= base.position) throw new RecordsArchivedError(base, position);
}

/** Of the past before the base nothing is known. @throws RecordsArchivedError for a point in it */
export function assertKnownAt(base: LogBase, position: Position): void {
  if (position < base.position) throw new RecordsArchivedError(base, Math.max(1, position));
}

/** Reads what was carried on and the records behind it, and again where more were archived in between. */
export function atOneBase<T>(log: { readonly base: LogBase }, read: (base: LogBase) => T): T {
  for (;;) {
    const { position } = log.base;
    const result = read(log.base);
    if (log.base.position === position) return result;
  }
}

/** @throws FailedPreconditionError where a subscription has not got that far */
export function assertRead({ name, position }: { readonly name: string; readonly position: Position }, last: Position) {
  if (position >= last) return;
  throw new FailedPreconditionError(
    `the subscription ${name} has acknowledged position ${position} only, and must not miss what is behind it: archive before ${position + 1}, let it read on, or delete it (\`shiplog subscriptions --delete ${name}\`)`,
    { details: { name, position } },
  );
}

export function movedMeanwhile(position: Position): FailedPreconditionError {
  return new FailedPreconditionError(
    `somebody else has archived meanwhile: the log begins behind position ${position} now`,
    { details: { position } },
  );
}
