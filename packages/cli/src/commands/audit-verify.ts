import { join } from 'node:path';
import {
  type BrokenFile,
  fitsCheckpoint,
  type LogProof,
  type LogVerification,
  logNameOf,
  parseCheckpoint,
  parseProof,
  rootOf,
  type SignedCheckpoint,
  signersOf,
  type VerifierKey,
  type VerifyOptions,
  verifyFolder,
  verifyProof,
} from '@shiplog/core';
import type { Command } from 'commander';
import { addHelp, type Cli, type Configure } from '../command.js';
import { type CommonOptions, commonOptionsOf } from '../common-options.js';
import { BadNewsError } from '../errors.js';
import { notEmpty } from '../flags.js';
import { withLog } from '../open-log.js';
import { printable } from '../output/printable.js';
import { readText, readVerifierKey } from '../read-text.js';

interface Options {
  readonly against?: string;
  readonly key?: string;
  readonly proof?: string;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Checks every byte of the log: each record, the tree over them, the index, the states, the checkpoints. What was changed, ' +
        'taken away, moved or added is told, and in which record. Nothing is written.',
    )
    .option('--against <file>', 'a checkpoint that was kept elsewhere: shows a rewritten history; - is stdin', notEmpty)
    .option('--key <key>', 'whose signatures count: a verifier key, or a file with it; else those of the log', notEmpty)
    .option('--proof <file>', 'check this proof only, against --against and --key, or this log', notEmpty)
    .action(async (options: Options) => {
      const against = options.against === undefined ? undefined : parseCheckpoint(await readText(options.against, cli));
      const key = options.key === undefined ? undefined : await readVerifierKey(options.key, cli);
      if (options.proof !== undefined) {
        const proof = parseProof(await readText(options.proof, cli));
        if (against && !key) command.error('--proof --against needs --key: whose signature counts');
        return against && key ? checkAgainst(command, cli, proof, against, key) : checkInLog(command, cli, proof);
      }
      return check(commonOptionsOf(command, cli.env), cli, { ...(against && { against }), ...(key && { key }) });
    });
  addHelp(command, {
    examples: [
      ['shiplog audit verify', 'is the log whole, and in itself true?'],
      ['ssh vault cat shiplog.note | shiplog audit verify --against -', 'is it what it was then?'],
      ['shiplog audit verify --proof p.json --against log.note --key log.key', 'without any log'],
    ],
  });
};

async function check({ root, json }: CommonOptions, { output }: Cli, options: VerifyOptions): Promise<void> {
  if (json) output.hideProgress();
  const verification = await output.during(() => `checking ${root}`, verifyFolder(join(root, 'log'), options));
  await (json ? output.json(verification) : output.lines(verdict(verification)));
  const { verified, found } = verification;
  if (!verified) throw new BadNewsError(`the log is not verified: ${found} ${found === 1 ? 'finding' : 'findings'}`);
}

function* verdict(verification: LogVerification | BrokenFile): Generator<string> {
  const { findings, found, notices, verified } = verification;
  for (const { kind, message } of findings) yield printable(`${kind}: ${message}`);
  if (found > findings.length) yield `and ${found - findings.length} more`;
  for (const notice of notices) yield printable(`notice: ${notice}`);
  if (!('root' in verification)) return;
  const { name, records, size, root, streams, blobs, checkpoints } = verification;
  const counts = `${records} records of ${streams} streams, ${blobs} blobs, ${checkpoints} checkpoints`;
  yield `${verified ? 'verified' : 'not verified'}: ${counts}`;
  yield `${name}, size ${size}, root ${root}`;
}

/** Needs no log: this is what an auditor has. */
async function checkAgainst(
  command: Command,
  cli: Cli,
  proof: LogProof,
  against: SignedCheckpoint,
  key: VerifierKey,
): Promise<void> {
  if (signersOf(against.note, [key]).length === 0) {
    throw new BadNewsError(`the checkpoint is not signed by ${key.name}+${key.id}`);
  }
  if (!fitsCheckpoint(proof, against)) {
    throw new BadNewsError(`the proof is for ${proof.size} records of ${proof.name}: it needs the checkpoint of those`);
  }
  await tell(command, cli, proof, 'the checkpoint');
}

async function checkInLog(command: Command, cli: Cli, proof: LogProof): Promise<void> {
  await withLog(command, cli, true, async ({ log }) => {
    const name = logNameOf(log.origin);
    const there = proof.name === name && proof.size <= log.head();
    if (!there || !fitsCheckpoint(proof, { name, size: proof.size, root: rootOf(log.tree, proof.size) })) {
      throw new BadNewsError(
        `the proof is not of this log: it ends in another root than its first ${proof.size} records`,
      );
    }
    await tell(command, cli, proof, 'this log');
  });
}

async function tell(command: Command, cli: Cli, proof: LogProof, where: string): Promise<void> {
  const verified = verifyProof(proof);
  const { json } = commonOptionsOf(command, cli.env);
  if (json) await cli.output.json({ ...proof, verified });
  if (!verified) throw new BadNewsError('the proof does not hold: it does not lead to its root');
  if (!json) await cli.output.line(`verified: ${claimOf(proof)}, says ${where}`);
}

function claimOf(proof: LogProof): string {
  if (proof.type === 'inclusion') return `record ${proof.position} is in the log of ${proof.size} records`;
  return `the log of ${proof.size} records begins with the ${proof.from} of the checkpoint before`;
}
