/**
 * Stands in the bundle for lmdb-js's own encodings of keys and values (the packages ordered-binary and msgpackr), which
 * take longer to load than all else of it. Every table of the log says how its keys and values are encoded.
 */

function unused(): never {
  throw new Error('a table of the log has no encoding of its own (lmdb-schema.ts)');
}

/** Of msgpackr. */
export class Encoder {
  constructor() {
    unused();
  }
}

/** Of ordered-binary; lmdb-js calls it as it loads. */
export function enableNullTermination(): void {}

export { unused as compareKeys, unused as fromBufferKey, unused as readKey, unused as toBufferKey, unused as writeKey };
