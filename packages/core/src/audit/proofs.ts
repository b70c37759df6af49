/** Proofs as they are handed out: JSON, with all that is needed to check them but the checkpoint's key. */
import type { EventLog, Position } from '../event-log/event-log.js';
import { FailedPreconditionError, InvalidArgumentError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { consistencyProof, inclusionProof, isCount, rootOf } from '../merkle/tree.js';
import { verifyConsistency, verifyInclusion } from '../merkle/verify.js';
import { logNameOf, type SignedCheckpoint } from './checkpoint-text.js';

/** That a record is in the log. Hashes are hexadecimal. */
export interface InclusionProof {
  readonly type: 'inclusion';
  /** Of the log. */
  readonly name: string;
  readonly position: Position;
  readonly leafHash: Sha256;
  readonly size: number;
  readonly root: Sha256;
  readonly proof: readonly Sha256[];
}

/** That a log has only grown since a checkpoint. */
export interface ConsistencyProof {
  readonly type: 'consistency';
  readonly name: string;
  readonly from: number;
  readonly fromRoot: Sha256;
  readonly size: number;
  readonly root: Sha256;
  readonly proof: readonly Sha256[];
}

export type LogProof = InclusionProof | ConsistencyProof;

/**
 * @param size of the tree; the log's head when absent
 * @throws InvalidArgumentError if there is no such position in it
 */
export function proveInclusion(log: EventLog, position: Position, size: number = log.head()): InclusionProof {
  if (size > log.head()) throw new InvalidArgumentError(`the log has ${log.head()} records, and not ${size}`);
  const proof = inclusionProof(log.tree, position - 1, size);
  const [leafHash] = log.tree.hashes(0, position - 1, 1) as [Sha256];
  return {
    type: 'inclusion',
    name: logNameOf(log.origin),
    position,
    leafHash,
    size,
    root: rootOf(log.tree, size),
    proof,
  };
}

/**
 * @throws InvalidArgumentError if the checkpoint is of an empty log
 * @throws FailedPreconditionError if the log did not grow from it
 */
export function proveConsistency(
  log: EventLog,
  { name, size: from, root: fromRoot }: Pick<SignedCheckpoint, 'name' | 'size' | 'root'>,
  size: number = log.head(),
): ConsistencyProof {
  if (name !== logNameOf(log.origin)) {
    throw new FailedPreconditionError(`this is a checkpoint of ${name}, and this log is ${logNameOf(log.origin)}`);
  }
  if (size > log.head()) throw new InvalidArgumentError(`the log has ${log.head()} records, and not ${size}`);
  if (from > log.head()) {
    throw new FailedPreconditionError(`the log has ${log.head()} records, the checkpoint ${from}: records are gone`);
  }
  const proof = consistencyProof(log.tree, from, size);
  if (rootOf(log.tree, from) !== fromRoot) {
    throw new FailedPreconditionError(
      'the log is not what the checkpoint says: `shiplog audit verify --against` says more',
    );
  }
  return { type: 'consistency', name, from, fromRoot, size, root: rootOf(log.tree, size), proof };
}

/**
 * Whether a proof holds in itself. It proves nothing about either of its ends: that its root is the log's, a checkpoint says
 * (`fitsCheckpoint`), and where growth began the checkpoint that was kept (`beginsWithCheckpoint`).
 */
export function verifyProof(claim: LogProof): boolean {
  if (claim.type === 'consistency') return verifyConsistency(claim);
  return verifyInclusion({ ...claim, index: claim.position - 1 });
}

/** Whether a proof ends in what a checkpoint says. */
export function fitsCheckpoint(
  claim: LogProof,
  { name, size, root }: Pick<SignedCheckpoint, 'name' | 'size' | 'root'>,
) {
  return claim.name === name && claim.size === size && claim.root === root;
}

/** Whether a proof of growth begins with what a checkpoint says. */
export function beginsWithCheckpoint(
  claim: LogProof,
  { name, size, root }: Pick<SignedCheckpoint, 'name' | 'size' | 'root'>,
) {
  return claim.type === 'consistency' && claim.name === name && claim.from === size && claim.fromRoot === root;
}

/** @throws InvalidArgumentError */
export function parseProof(text: string): LogProof {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError('this is no proof: it is not JSON', { cause });
  }
  const claim = (typeof value === 'object' && value !== null ? value : {}) as Partial<LogProof>;
  const hashes = [claim.root, ...(Array.isArray(claim.proof) ? claim.proof : [undefined])];
  const isWhole = hashes.every(isHash) && isCount(claim.size) && typeof claim.name === 'string';
  if (isWhole && claim.type === 'inclusion' && isHash(claim.leafHash) && isCount(claim.position)) {
    return claim as InclusionProof;
  }
  if (isWhole && claim.type === 'consistency' && isHash(claim.fromRoot) && isCount(claim.from)) {
    return claim as ConsistencyProof;
  }
  throw new InvalidArgumentError('this is no proof: `shiplog audit prove` prints them');
}

function isHash(value: unknown): value is Sha256 {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
