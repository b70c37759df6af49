import { type CriRecord, type CriStream, type Tail, timestampOf } from '@shiplog/oci';

export interface LogSelection {
  /** Records to be left out at the beginning. */
  readonly skip: Tail['skip'];
  /** RFC 3339 in UTC with nanoseconds. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Put its time in front of each line. */
  readonly timestamps: boolean;
}

/** Of the records of a log those that were asked for. A record whose time cannot be read is never left out for it. */
export async function* selectLog(
  batches: AsyncIterable<readonly CriRecord[]>,
  { skip, since, until, timestamps }: LogSelection,
): AsyncGenerator<readonly CriRecord[]> {
  const left = { ...skip };
  /** Streams in the middle of a line. */
  const begun = new Set<CriStream>();
  for await (const batch of batches) {
    const selected: CriRecord[] = [];
    for (const record of batch) {
      const { stream, partial } = record;
      if (left[stream] > 0) {
        left[stream] -= 1;
        continue;
      }
      const time = timestampOf(record.time);
      if (time !== undefined && ((since !== undefined && time < since) || (until !== undefined && time > until)))
        continue;
      selected.push(timestamps && !begun.has(stream) ? withTime(record, time ?? record.time) : record);
      if (partial) begun.add(stream);
      else begun.delete(stream);
    }
    if (selected.length > 0) yield selected;
  }
}

function withTime(record: CriRecord, time: string): CriRecord {
  return { ...record, bytes: Buffer.concat([Buffer.from(`${time} `), record.bytes]) };
}
