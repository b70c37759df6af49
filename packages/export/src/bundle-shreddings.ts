import { type EventLog, type LogRecord, type Position, shreddingsOf } from '@shiplog/core';

/**
 * The records that say who destroyed what these records refer to, when and why: without them a payload that is gone would
 * look like one that was hidden.
 *
 * @param size of the tree: what stands behind it is left out
 */
export function shreddingRecords(log: EventLog, positions: readonly Position[], size: number): readonly Position[] {
  const shreddings = shreddingsOf(log);
  if (shreddings.size === 0) return [];
  const found = new Set<Position>();
  for (const at of positions) {
    for (const record of log.read({ after: at - 1, until: at })) {
      for (const sha256 of hashesIn(record)) {
        const position = shreddings.get(sha256 as never)?.position ?? 0;
        // Whoever refers to a payload stores it: what was shredded before that is there again.
        if (position > at && position > log.base.position && position <= size) found.add(position);
      }
    }
  }
  return [...found];
}

/** Events are flat: what they refer to is a member. */
function* hashesIn({ event }: LogRecord): Generator<string> {
  for (const value of Object.values(event)) {
    if (typeof value !== 'object' || value === null) continue;
    const { sha256, secrets } = value as { readonly sha256?: unknown; readonly secrets?: unknown };
    if (typeof sha256 === 'string') yield sha256;
    if (typeof secrets === 'string') yield secrets;
  }
}
