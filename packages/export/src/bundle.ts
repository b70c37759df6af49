/**
 * An evidence bundle: records as they are stored, and all that shows that they are in the log; and what they refer to, where
 * that is asked for. It is one text file, the head in its first line and a record, or a payload, in each further one. docs/adr/0017-evidence-bundle.md says why it is so;
 * verifier/verify_bundle.py checks it.
 */
import { isUtf8 } from 'node:buffer';
import {
  type Damage,
  type EventLog,
  leafHash,
  multiProof,
  type Position,
  parseCheckpoint,
  proveConsistency,
  type Sha256,
  type SignedCheckpoint,
} from '@shiplog/core';
import { bundlePayloads, payloadLine, type UnreadPayload } from './bundle-payloads.js';
import { type BundleSelection, bundlePositions } from './bundle-positions.js';
import { shreddingRecords } from './bundle-shreddings.js';
import { recordSchema } from './record-schema.js';

export interface BundleRequest {
  /** A signed note on the log's tree (C2SP tlog-checkpoint), as `makeCheckpoint` returns it: records behind it are left out. */
  readonly checkpoint: string;
  /** The verifier key of its signer, `NAME+ID+KEY`. */
  readonly key: string;
  readonly selection: BundleSelection;
  /** An earlier checkpoint, which was kept elsewhere: the log is shown to have only grown since. */
  readonly against?: SignedCheckpoint;
  /** Also what the records refer to, secrets apart. */
  readonly payloads?: boolean;
  /** Told of each payload that is left out since it cannot be read. */
  readonly onUnread?: (payload: UnreadPayload) => void;
  /** Told of each record that is gone or changed. It is evidence, too: what is left of it is in the bundle. */
  readonly onDamage?: (damage: Damage) => void;
}

/** The first line. */
export interface BundleHead {
  /** The second has payloads. */
  readonly format: 'shiplog-evidence-bundle/1' | 'shiplog-evidence-bundle/2';
  /** What was asked for. */
  readonly selection: BundleSelection;
  /** The first and the last position that were looked at. Without a namespace or a task, each one between them is here. */
  readonly range: readonly [first: Position, last: Position];
  readonly checkpoint: string;
  readonly key: string;
  /** How many lines follow with a record. */
  readonly records: number;
  /** How many lines follow those with a payload; absent where none were asked for. */
  readonly payloads?: number;
  /** RFC 6962 hashes: of the largest subtrees that have none of the records, from left to right. */
  readonly proof: readonly Sha256[];
  /** That the log only grew since it had `size` records; null where that was not asked for. */
  readonly consistency: { readonly size: number; readonly proof: readonly Sha256[] } | null;
  /** JSON Schema of a record. */
  readonly schema: ReturnType<typeof recordSchema>;
}

/** Each further line with a record. */
export type BundleLine = {
  readonly position: Position;
  /** What the log's tree has at this position. */
  readonly leaf: Sha256;
} & ({ readonly record: string } | { readonly base64: string });

export interface Bundle {
  readonly head: BundleHead;
  /** How many payloads are left out, since an older version stored them with their secrets. */
  readonly withheld: number;
  /** With the head as the first one, and without line breaks. Made as they are taken, so that a bundle may be of any size. */
  lines(): Iterable<string>;
}

/**
 * The bundle of what is meant by the selection, and of the records that say which of its payloads were shredded.
 *
 * @throws NotFoundError if nothing is meant by it
 * @throws FailedPreconditionError if the log did not grow from `against`, or its tree has a hole
 */
export function evidenceBundle(log: EventLog, request: BundleRequest): Bundle {
  const { checkpoint, key, selection, against, onDamage, onUnread } = request;
  const { size } = parseCheckpoint(checkpoint);
  const { range, positions: meant } = bundlePositions(log, size, selection, onDamage);
  const all = new Set([...meant, ...shreddingRecords(log, meant, size)]);
  const positions = [...all].sort((a, b) => a - b).filter((position) => isThere(log, position, onDamage));
  const indexes = positions.map((position) => position - 1);
  const payloads = request.payloads ? bundlePayloads(log, positions, onUnread) : undefined;
  const head: BundleHead = {
    format: payloads ? 'shiplog-evidence-bundle/2' : 'shiplog-evidence-bundle/1',
    selection,
    range,
    checkpoint,
    key,
    records: positions.length,
    ...(payloads && { payloads: payloads.hashes.length }),
    proof: [...multiProof(log.tree, indexes, size)],
    consistency: against ? { size: against.size, proof: proveConsistency(log, against, size).proof } : null,
    schema: recordSchema(),
  };
  return {
    head,
    withheld: payloads?.withheld ?? 0,
    *lines() {
      yield JSON.stringify(head);
      for (const position of positions) yield JSON.stringify(lineOf(log, position, onDamage));
      for (const sha256 of payloads?.hashes ?? []) yield JSON.stringify(payloadLine(log, sha256));
    },
  };
}

function isThere(log: EventLog, position: Position, onDamage: BundleRequest['onDamage']): boolean {
  if (log.storedBytes(position)) return true;
  onDamage?.({ position, reason: 'it is not there' });
  return false;
}

function lineOf(log: EventLog, position: Position, onDamage: BundleRequest['onDamage']): BundleLine {
  const bytes = Buffer.from(log.storedBytes(position) ?? Buffer.of());
  const [leaf] = log.tree.hashes(0, position - 1, 1) as [Sha256];
  if (leafHash(bytes) !== leaf) onDamage?.({ position, reason: 'it is not the one that was appended' });
  const content = isUtf8(bytes) ? { record: bytes.toString() } : { base64: bytes.toString('base64') };
  return { position, leaf, ...content };
}
