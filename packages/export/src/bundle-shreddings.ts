import { type EventLog, type Position, shreddingsOf } from '@shiplog/core';
import { referencesIn } from './bundle-references.js';

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
      const hashes = [...referencesIn(record)].flatMap(({ sha256, secrets }) =>
        secrets ? [sha256, secrets] : [sha256],
      );
      for (const sha256 of hashes) {
        const position = shreddings.get(sha256)?.position ?? 0;
        // Whoever refers to a payload stores it: what was shredded before that is there again.
        if (position > at && position > log.base.position && position <= size) found.add(position);
      }
    }
  }
  return [...found];
}
