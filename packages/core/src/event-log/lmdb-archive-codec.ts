/** What the tables `segments` and `payloads` say. All of it is total: whatever stands there, verification is to come to its end. */
import type { Sha256 } from '../kernel/identifiers.js';
import type { Position } from './event-log.js';
import type { ArchivedPayload, Segment } from './log-base.js';

/** Total: one that says something else than where it stands, or nothing, has no file. */
export function decodeSegment(last: Position, text: string): Segment {
  const { first, file, folder, bytes, sha256, payloadFile, ...rest } = tryJson(text) as Partial<Segment>;
  const texts = [file, folder, sha256, payloadFile];
  const isSegment = rest.last === last && [first, bytes].every(Number.isSafeInteger) && texts.every(isText);
  if (!isSegment) return { first: 0, last, file: '', folder: '', bytes: 0, sha256: '' as Sha256, payloadFile: '' };
  return { first, last, file, folder, bytes, sha256, payloadFile } as Segment;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Total: what says no place gives one in no segment. */
export function decodePlace(sha256: Sha256, text: string): ArchivedPayload {
  const { last, offset, length } = tryJson(text);
  const isPlace = [last, offset, length].every((number) => Number.isSafeInteger(number) && Number(number) >= 0);
  if (!isPlace) return { sha256, last: 0, offset: 0, length: 0 };
  return { sha256, last: Number(last), offset: Number(offset), length: Number(length) };
}

/** The members of what is stored as JSON; none of what is no object. */
export function tryJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
