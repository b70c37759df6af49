/**
 * What archiving has left in a folder that was cut short: files that the log does not name. They are removed where that loses
 * nothing, since shredding does not reach them. A log that was put back from an older copy may not know records of its own
 * that stand in such a file; so each is looked into.
 */
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog, Position } from '../event-log/event-log.js';
import { hashesInPayloads } from '../event-log/payload-file.js';
import { PayloadShreddedError } from '../event-log/shredding.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { storageCodeOf } from '../kernel/storage.js';
import { sha256Of } from '../kernel/typed-any.js';
import { leafHashOfText } from '../merkle/hash.js';
import { tileWidth } from '../merkle/tree.js';
import { decodeSegment, isPayloadFile, rangeIn } from './segment-file.js';

/** Those that nobody will name any more: the log begins behind their first record, so whoever may have written them is refused. */
export async function removeLeftFiles(log: EventLog, folder: string): Promise<void> {
  const { origin } = log;
  const names = await readdir(folder);
  // Both of one moment, behind the reading of the names: what is not named by now, and begins before that, never will be.
  const { position } = log.base;
  const named = new Set(log.base.segments().flatMap(({ file, payloadFile }) => [file, payloadFile]));
  for (const name of names) {
    const range = rangeIn(name, origin);
    if (!range || range.first > position || named.has(name)) continue;
    const bytes = readIfThere(join(folder, name));
    if (!bytes) continue;
    const isKnown = isPayloadFile(name) ? hasPayloads(log, bytes) : hasRecords(log, range, bytes);
    if (isKnown) await rm(join(folder, name), { force: true });
  }
}

/** Whoever else archives removes such files, too. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (storageCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hasRecords(log: EventLog, { first, last }: { first: Position; last: Position }, bytes: Uint8Array): boolean {
  const whole = { first, last, bytes: bytes.length, sha256: sha256Of(bytes), file: '', folder: '', payloadFile: '' };
  const { texts, fault } = decodeSegment(bytes, whole, log.origin);
  return fault === undefined && last <= log.head() && firstUnproved(log, first, texts ?? []) === undefined;
}

function hasPayloads(log: EventLog, bytes: Uint8Array): boolean {
  return hashesInPayloads(bytes)?.every((sha256) => isKnownPayload(log, sha256)) ?? false;
}

function isKnownPayload(log: EventLog, sha256: Sha256): boolean {
  try {
    log.blob(sha256);
    return true;
  } catch (error) {
    return error instanceof PayloadShreddedError;
  }
}

/** The first position whose text is not what the tree has. */
export function firstUnproved(log: EventLog, first: Position, texts: readonly string[]): Position | undefined {
  for (let index = first - 1; index < first - 1 + texts.length; ) {
    const count = Math.min(tileWidth - (index % tileWidth), first - 1 + texts.length - index);
    for (const leaf of log.tree.hashes(0, index, count)) {
      if (leafHashOfText(texts[index - first + 1] ?? '') !== leaf) return index + 1;
      index += 1;
    }
  }
  return undefined;
}
