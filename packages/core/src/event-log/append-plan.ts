/**
 * An append in two steps, the same for every log. `prepareAppend` does what needs no lock; `planAppend` runs inside the
 * write transaction and says what to write. It writes nothing itself: where it throws, nothing has happened (L3).
 */
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { sha256Of } from '../kernel/typed-any.js';
import { leafHashOfText } from '../merkle/hash.js';
import type { Append, Appended, ExpectedVersion, LogRecord, Position, StreamId } from './event-log.js';
import { ExpectedVersionError } from './expected-version-error.js';
import type { Cut } from './log-base.js';
import type { Projection } from './projection.js';
import { type EncodedBody, encodeBody, encodeRecord, placeRecord } from './record-codec.js';
import { StagedProjections } from './staged-projections.js';

export interface PreparedAppend {
  readonly stream: StreamId;
  readonly expectedVersion: ExpectedVersion;
  readonly bodies: readonly EncodedBody[];
  readonly blobs: readonly (readonly [sha256: Sha256, bytes: Uint8Array])[];
  readonly shred: readonly Sha256[];
  readonly cut: Cut | undefined;
}

/** The log as the write transaction sees it. */
export interface LogView {
  readonly head: Position;
  readonly version: number;
  projected(projection: string, key: string): Uint8Array | undefined;
}

export interface AppendPlan {
  readonly appended: Appended;
  /** The stored text of each of the records. */
  readonly encoded: readonly string[];
  readonly projections: StagedProjections;
}

/** In bytes of UTF-8, of a namespace as of a task. */
const maxNameBytes = 256;

/** @throws InvalidArgumentError if a part of the stream's name is too long, or holds a NUL. */
export function checkStream({ namespace, task }: StreamId): void {
  for (const name of [namespace, task]) {
    if (name.includes('\0') || name.length > maxNameBytes || Buffer.byteLength(name) > maxNameBytes) {
      throw new InvalidArgumentError(`${JSON.stringify(name)} is not a stream's name: at most ${maxNameBytes} bytes`);
    }
  }
}

/** @throws InvalidArgumentError if the append makes no sense, or a record is no JSON. */
export function prepareAppend({
  stream,
  expectedVersion,
  records,
  blobs = [],
  shred = [],
  cut,
}: Append): PreparedAppend {
  checkStream(stream);
  if (expectedVersion !== 'any' && !(Number.isSafeInteger(expectedVersion) && expectedVersion >= 0)) {
    throw new InvalidArgumentError(`${expectedVersion} is not an expected version: give a number from 0, or any`);
  }
  return {
    stream: { namespace: stream.namespace, task: stream.task },
    expectedVersion,
    bodies: records.map(encodeBody),
    blobs: blobs.map((bytes) => [sha256Of(bytes), bytes]),
    shred: [...shred],
    cut,
  };
}

/** @throws ExpectedVersionError, ProjectionError */
export function planAppend(append: PreparedAppend, view: LogView, projections: readonly Projection[]): AppendPlan {
  const { stream, expectedVersion, bodies } = append;
  if (expectedVersion !== 'any' && expectedVersion !== view.version) {
    throw new ExpectedVersionError(stream, expectedVersion, view.version);
  }
  const records: LogRecord[] = [];
  const encoded: string[] = [];
  const leafHashes: Sha256[] = [];
  const staged = new StagedProjections(view.projected);
  let { head, version } = view;
  for (const body of bodies) {
    head += 1;
    version += 1;
    const record = placeRecord(body, stream, version, head);
    records.push(record);
    const text = encodeRecord(body, stream, version, head);
    encoded.push(text);
    leafHashes.push(leafHashOfText(text));
    for (const projection of projections) staged.apply(projection, record);
  }
  return { appended: { records, leafHashes, version }, encoded, projections: staged };
}
