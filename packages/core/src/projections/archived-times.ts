/** What stays of the times of records that were archived. */
import type { LogBase } from '../event-log/log-base.js';
import type { Projection } from '../event-log/projection.js';
import { parseTimestamp, type Timestamp } from '../kernel/clock.js';

export interface ArchivedTimes {
  /** Of the last record. */
  readonly last: Timestamp;
  /** The latest one of all. */
  readonly latest: Timestamp;
}

const key = 'times';

export const timeFold: Projection = {
  name: 'times',
  version: 1,
  apply({ time }, store) {
    const latest = decode(store.get(key))?.latest;
    const after: ArchivedTimes = { last: time, latest: latest !== undefined && latest > time ? latest : time };
    store.put(key, Buffer.from(JSON.stringify(after)));
  },
};

/** Undefined where nothing was archived, or it is damaged: then nothing is known of the times before. */
export function archivedTimes(base: LogBase): ArchivedTimes | undefined {
  return decode(base.folded(timeFold.name, key));
}

function decode(bytes: Uint8Array | undefined): ArchivedTimes | undefined {
  if (!bytes) return undefined;
  try {
    const { last, latest } = JSON.parse(Buffer.from(bytes).toString()) as ArchivedTimes;
    return { last: parseTimestamp(last), latest: parseTimestamp(latest) };
  } catch {
    return undefined;
  }
}
