/**
 * `audit verify --proof`. A proof leads from one thing to another: both ends must be the checker's own. Of a record it is the
 * leaf hash, which is printed; of growth the checkpoint that it begins with. What the proof itself says of them proves nothing.
 */
import {
  beginsWithCheckpoint,
  type EventLog,
  fitsCheckpoint,
  type LogProof,
  leafHash,
  logNameOf,
  rootOf,
  type SignedCheckpoint,
  signersOf,
  type VerifierKey,
  verifyProof,
} from '@shiplog/core';
import type { Command } from 'commander';
import type { Cli } from '../command.js';
import { commonOptionsOf } from '../common-options.js';
import { BadNewsError } from '../errors.js';
import { withLog } from '../open-log.js';

export interface ProofCheck {
  readonly proof: LogProof;
  /** Where the proof ends; this log when absent. */
  readonly against: SignedCheckpoint | undefined;
  /** Where a proof of growth begins. */
  readonly from: SignedCheckpoint | undefined;
  readonly key: VerifierKey | undefined;
}

export async function checkProof(command: Command, cli: Cli, check: ProofCheck): Promise<void> {
  const { proof, against, from, key } = check;
  if (against && !key) command.error('--proof --against needs --key: whose signature counts');
  if (from && proof.type === 'inclusion') command.error('--from is for proofs of growth, and this is one of a record');
  if (!from && proof.type === 'consistency') {
    command.error('a proof of growth needs --from: the checkpoint that it begins with, as you have kept it');
  }
  for (const checkpoint of [from, against]) {
    if (checkpoint && key && signersOf(checkpoint.note, [key]).length === 0) {
      throw new BadNewsError(`the checkpoint of ${checkpoint.size} is not signed by ${key.name}+${key.id}`);
    }
  }
  if (from) assertBegins(proof, from);
  if (against) assertEnds(proof, against);
  else await withLog(command, cli, true, async ({ log }) => assertOf(proof, log));
  await tell(command, cli, proof, against ? 'the checkpoint' : 'this log');
}

function assertBegins(proof: LogProof, from: SignedCheckpoint): void {
  if (beginsWithCheckpoint(proof, from)) return;
  throw new BadNewsError(`the proof does not begin with the checkpoint of ${from.size} records of ${from.name}`);
}

function assertEnds(proof: LogProof, against: SignedCheckpoint): void {
  if (fitsCheckpoint(proof, against)) return;
  throw new BadNewsError(`the proof is for ${proof.size} records of ${proof.name}: it needs the checkpoint of those`);
}

function assertOf(proof: LogProof, log: EventLog): void {
  const isRoot = (size: number, root: string) => size <= log.head() && rootOf(log.tree, size) === root;
  if (proof.name !== logNameOf(log.origin) || !isRoot(proof.size, proof.root)) {
    throw new BadNewsError(
      `the proof is not of this log: it ends in another root than its first ${proof.size} records`,
    );
  }
  if (proof.type === 'consistency' && !isRoot(proof.from, proof.fromRoot)) {
    throw new BadNewsError(
      `the proof is not of this log: it begins in another root than its first ${proof.from} records`,
    );
  }
  if (proof.type === 'inclusion' && leafHash(log.storedBytes(proof.position) ?? Buffer.of()) !== proof.leafHash) {
    throw new BadNewsError(`record ${proof.position} is not the one of the proof: \`shiplog audit verify\` says more`);
  }
}

async function tell(command: Command, cli: Cli, proof: LogProof, where: string): Promise<void> {
  const verified = verifyProof(proof);
  const { json } = commonOptionsOf(command, cli.env);
  if (json) await cli.output.json({ ...proof, verified });
  if (!verified) throw new BadNewsError('the proof does not hold: it does not lead to its root');
  if (!json) await cli.output.line(`verified: ${claimOf(proof)}, says ${where}`);
}

function claimOf(proof: LogProof): string {
  if (proof.type === 'inclusion') {
    return `record ${proof.position}, leaf hash ${proof.leafHash}, is in the log of ${proof.size} records`;
  }
  return `the log of ${proof.size} records begins with the ${proof.from} of the checkpoint before`;
}
