import { join, resolve } from 'node:path';
import {
  type BrokenFile,
  type LogVerification,
  parseCheckpoint,
  parseProof,
  type SignedCheckpoint,
  type VerifyOptions,
  verifyFolder,
} from '@shiplog/core';
import { addHelp, type Cli, type Configure } from '../command.js';
import { type CommonOptions, commonOptionsOf } from '../common-options.js';
import { BadNewsError } from '../errors.js';
import { notEmpty } from '../flags.js';
import { printable } from '../output/printable.js';
import { readText, readVerifierKey } from '../read-text.js';
import { checkProof } from './check-proof.js';

interface Options {
  readonly against?: string;
  readonly key?: string;
  readonly proof?: string;
  readonly from?: string;
  readonly archives?: string;
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
    .option('--from <file>', 'the checkpoint that a proof of growth begins with: the one that you have kept', notEmpty)
    .option('--archives <folder>', 'where archived records are; else where they were archived to', notEmpty)
    .action(async (options: Options) => {
      if (options.from !== undefined && options.proof === undefined) {
        command.error('--from goes with --proof; --against holds the log itself against a checkpoint');
      }
      const against = await readNote(options.against, cli);
      const from = await readNote(options.from, cli);
      const key = options.key === undefined ? undefined : await readVerifierKey(options.key, cli);
      if (options.proof !== undefined) {
        const proof = parseProof(await readText(options.proof, cli));
        return checkProof(command, cli, { proof, against, from, key });
      }
      const archives = options.archives === undefined ? undefined : resolve(options.archives);
      return check(commonOptionsOf(command, cli.env), cli, {
        ...(against && { against }),
        ...(key && { key }),
        ...(archives && { archives }),
      });
    });
  addHelp(command, {
    examples: [
      ['shiplog audit verify', 'is the log whole, and in itself true?'],
      ['ssh vault cat shiplog.note | shiplog audit verify --against -', 'is it what it was then?'],
      ['shiplog audit verify --proof p.json --against log.note --key log.key', 'without any log'],
      ['shiplog audit verify --proof p.json --from old.note', 'has this log only grown since?'],
    ],
  });
};

async function readNote(path: string | undefined, cli: Cli): Promise<SignedCheckpoint | undefined> {
  return path === undefined ? undefined : parseCheckpoint(await readText(path, cli));
}

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
  const { name, archived, records, size, root, streams, blobs, checkpoints } = verification;
  const counts = `${records} records of ${streams} streams, ${blobs} blobs, ${checkpoints} checkpoints`;
  const unseen =
    archived && !archived.complete ? `; records up to ${archived.position} were archived, and not all looked at` : '';
  yield `${verified ? 'verified' : 'not verified'}: ${counts}${unseen}`;
  yield `${name}, size ${size}, root ${root}`;
}
