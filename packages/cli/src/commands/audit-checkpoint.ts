import { join, resolve } from 'node:path';
import {
  addSignatures,
  ensureSigningKey,
  formatVerifierKey,
  logNameOf,
  makeCheckpoint,
  parseCheckpoint,
  readSigningKey,
  signingKeyFile,
  verifierKeyOf,
} from '@shiplog/core';
import { addHelp, type Cli, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { type OpenLog, withLog } from '../open-log.js';
import { readText } from '../read-text.js';

interface Options {
  readonly key?: string;
  readonly add?: string;
  readonly verifierKey?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Signs what the log is now, and prints the note (C2SP tlog-checkpoint). Keep it where nobody who can write to this ' +
        'host can: from then on it shows whatever is changed or taken away behind it.',
    )
    .option('--key <file>', 'sign with this key: Ed25519, PEM; else with one that is made at first use', notEmpty)
    .option('--add <file>', 'take a note back, with the signatures of others; - is stdin', notEmpty)
    .option('--verifier-key', 'print the key that checks our signatures, and sign nothing')
    .action((options: Options) => {
      if (options.add !== undefined && (options.key !== undefined || options.verifierKey)) {
        command.error('--add signs nothing: it goes without --key and --verifier-key');
      }
      return withLog(command, cli, false, (open) => checkpoint(open, options, cli));
    });
  addHelp(command, {
    examples: [
      ['shiplog audit checkpoint | ssh vault "cat > shiplog.note"', 'kept elsewhere'],
      ['shiplog audit checkpoint --verifier-key', 'for those who check it'],
      ['shiplog audit checkpoint --add witnessed.note', 'a witness has signed it, too'],
    ],
  });
};

async function checkpoint({ log, common }: OpenLog, options: Options, cli: Cli): Promise<void> {
  const { key: file, add, verifierKey } = options;
  if (add !== undefined) return printNote(await addSignatures(log, await readText(add, cli)), undefined);
  const key = file === undefined ? ensureSigningKey(join(common.root, signingKeyFile)) : readSigningKey(resolve(file));
  const verifier = formatVerifierKey(verifierKeyOf(key, logNameOf(log.origin)));
  if (verifierKey) return common.json ? cli.output.json({ verifierKey: verifier }) : cli.output.line(verifier);
  return printNote(await makeCheckpoint(log, key), verifier);

  function printNote(note: string, signer: string | undefined): Promise<void> {
    const { name, size, root } = parseCheckpoint(note);
    return common.json ? cli.output.json({ name, size, root, note, verifierKey: signer }) : cli.output.bytes(note);
  }
}
