import type { BlobRef, LogRecord } from '@shiplog/core';

/** What a record refers to. Events are flat: it is a member. */
export function* referencesIn({ event }: LogRecord): Generator<BlobRef> {
  for (const value of Object.values(event)) {
    if (typeof value !== 'object' || value === null) continue;
    const { typeUrl, sha256, secrets } = value as Readonly<Record<string, unknown>>;
    if (typeof typeUrl !== 'string' || typeof sha256 !== 'string') continue;
    yield { typeUrl, sha256, ...(typeof secrets === 'string' && { secrets }) } as BlobRef;
  }
}
