/** The payloads of an evidence bundle: what its records refer to by hash, as far as it is there and holds no secret. */
import { isUtf8 } from 'node:buffer';
import {
  type EventLog,
  errorMessageOf,
  PayloadShreddedError,
  type Position,
  type Sha256,
  shownBytes,
} from '@shiplog/core';
import { referencesIn } from './bundle-references.js';

/** Behind the records, a line each. */
export type PayloadLine = { readonly sha256: Sha256 } & ({ readonly payload: string } | { readonly base64: string });

/** One that cannot be read, and was not shredded. */
export interface UnreadPayload {
  readonly sha256: Sha256;
  /** Of the first record that refers to it. */
  readonly position: Position;
  readonly reason: string;
}

export interface BundlePayloads {
  /** In the order in which records refer to them. */
  readonly hashes: readonly Sha256[];
  /** How many are left out, since an older version stored them with their secrets. */
  readonly withheld: number;
}

export function bundlePayloads(
  log: EventLog,
  positions: readonly Position[],
  onUnread: ((payload: UnreadPayload) => void) | undefined,
): BundlePayloads {
  const looked = new Set<Sha256>();
  const hashes: Sha256[] = [];
  let withheld = 0;
  for (const position of positions) {
    for (const record of log.read({ after: position - 1, until: position })) {
      for (const ref of referencesIn(record)) {
        if (looked.has(ref.sha256)) continue;
        looked.add(ref.sha256);
        try {
          if (shownBytes(log, ref)) hashes.push(ref.sha256);
          else withheld += 1;
        } catch (error) {
          // The record that says so is in the bundle.
          if (error instanceof PayloadShreddedError) continue;
          onUnread?.({ sha256: ref.sha256, position, reason: errorMessageOf(error) });
        }
      }
    }
  }
  return { hashes, withheld };
}

/** @throws PayloadShreddedError if it was shredded since it was looked at */
export function payloadLine(log: EventLog, sha256: Sha256): PayloadLine {
  const bytes = Buffer.from(log.blob(sha256));
  return { sha256, ...(isUtf8(bytes) ? { payload: bytes.toString() } : { base64: bytes.toString('base64') }) };
}
