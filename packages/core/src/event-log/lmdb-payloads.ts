/** Payloads that were archived: where they are, read there, and overwritten there. */
import { dirname } from 'node:path';
import { errorMessageOf, FailedPreconditionError, UnavailableError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { sha256Of } from '../kernel/typed-any.js';
import { archivedPath } from './archived-path.js';
import { hashesIn } from './hashes-in.js';
import { decodePlace, decodeSegment } from './lmdb-archive-codec.js';
import { decodeStored } from './lmdb-reader.js';
import type { Tables } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';
import type { ArchivedPayload, Cut } from './log-base.js';
import { readPayload } from './payload-file.js';
import { isDamage } from './record-codec.js';

/** Its bytes, if the log has them as they were stored. */
export function storedPayload({ blobs }: Pick<Tables, 'blobs'>, sha256: Sha256): Buffer | undefined {
  const bytes = blobs.get(Buffer.from(sha256, 'hex'));
  return bytes && sha256Of(bytes) === sha256 ? bytes : undefined;
}

/** Where it stands, if it was archived. */
export function placeOfPayload({ payloads }: Pick<Tables, 'payloads'>, sha256: Sha256): ArchivedPayload | undefined {
  const stored = payloads?.get(Buffer.from(sha256, 'hex'));
  return stored === undefined ? undefined : decodePlace(sha256, stored);
}

export function* archivedPayloads({ payloads }: Tables): Generator<ArchivedPayload> {
  for (const { key, value } of payloads?.getRange({}) ?? []) yield decodePlace(key.toString('hex') as Sha256, value);
}

/**
 * Its bytes; undefined if it was not archived.
 *
 * @throws UnavailableError if its file is not there, or other bytes stand there
 */
export function archivedPayload(store: LmdbStore, sha256: Sha256): Uint8Array | undefined {
  const place = placeOfPayload(store.tables, sha256);
  if (!place) return undefined;
  const path = pathOfPayload(store, sha256, place);
  const bytes = tried(path, () => readPayload(path, sha256, place));
  if (bytes) return bytes;
  throw new UnavailableError(`the payload ${sha256} is damaged in ${path}: \`shiplog audit verify\` says more`, {
    details: { sha256, path },
  });
}

/** @throws FailedPreconditionError where one that a file was made of has been shredded meanwhile: the file would bring it back */
export function assertPayloadsThere(tables: Tables, moved: Cut['payloads']): void {
  for (const [sha256, place] of moved) {
    if (!place || storedPayload(tables, sha256)) continue;
    throw new FailedPreconditionError(`the payload ${sha256} was destroyed while it was archived: archive again`, {
      details: { sha256 },
    });
  }
}

/** Inside a write transaction: what no record behind the cut refers to leaves the log with it. */
export function cutPayloads(
  { log, blobs, payloads, ...tables }: Tables,
  { segment, payloads: moved, scanned }: Cut,
): void {
  const needed = new Set<string>();
  for (const { key, value } of log.getRange({ start: scanned + 1 })) {
    const record = decodeStored({ log, blobs, payloads, ...tables }, key, value);
    if (!isDamage(record)) for (const sha256 of hashesIn(record.event)) needed.add(sha256);
  }
  for (const [sha256, place] of moved) {
    const key = Buffer.from(sha256, 'hex');
    // One that was archived before stands where it stood: of each there is one copy to destroy.
    if (place) payloads?.putSync(key, JSON.stringify({ last: segment.last, ...place }));
    if (!needed.has(sha256)) blobs.removeSync(key);
  }
}

/** @throws UnavailableError if the log names no such file */
export function pathOfPayload({ dir, tables }: LmdbStore, sha256: Sha256, { last }: ArchivedPayload): string {
  const stored = tables.segments?.get(last);
  const segment = stored === undefined ? undefined : decodeSegment(last, stored);
  if (!segment?.payloadFile) {
    throw new UnavailableError(
      `the payload ${sha256}, which is said to be archived, is in no file that the log names: \`shiplog audit verify\` says more`,
      { details: { sha256 } },
    );
  }
  return archivedPath(dirname(dir), segment, segment.payloadFile);
}

/** @throws UnavailableError that names the file */
export function tried<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there: bring it back' : errorMessageOf(cause);
    throw new UnavailableError(`the payload was archived to ${path}, and ${why}`, { cause, details: { path } });
  }
}
