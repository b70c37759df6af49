import { parseSha256, parseTaskId, type ShredTarget } from '@shiplog/core';
import type { Command } from 'commander';
import { addHelp, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { parsePosition } from './parse-position.js';

interface Options {
  readonly task?: string;
  readonly position?: number;
  readonly reason: string;
  readonly secrets?: true;
  readonly force?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Destroys what records refer to: specs with their secrets, options. The records stay, the log proves itself as ' +
        'before, and says what was shredded, when, by whom and why. It cannot be undone.',
    )
    .argument('[sha256]', 'one payload; "audit show" tells the hashes')
    .option('--task <task>', 'those of a task, and of all that had its name before', notEmpty)
    .option('--position <position>', 'those of the record at this position', parsePosition)
    .option('--secrets', 'the secrets alone: values of variables, and what was marked as secret')
    .requiredOption('--reason <text>', 'why; it is kept and printed', notEmpty)
    .option('-f, --force', 'also what a task needs that is there')
    .action((sha256: string | undefined, options: Options) => {
      const target = targetOf(command, sha256, options);
      return cli.inSession(
        command,
        async ({ shiplog, context, common, output }) => {
          const { reason, secrets = false, force = false } = options;
          const shredded = await shiplog.runtime.shred(target(), { reason, secretsOnly: secrets, force }, context);
          if (common.json) return output.json(shredded);
          const { payloads, tasks, position } = shredded;
          await output.lines(payloads.map((payload) => `${payload.sha256}  ${payload.typeUrl}`));
          output.talk(`shredded, as position ${position} says; it was of ${tasks.join(', ')}`);
        },
        options.task,
      );
    });
  addHelp(command, {
    examples: [
      ['shiplog audit shred --task web --secrets --reason "leaked, CHG-7"', 'its environment, not its spec'],
      ['shiplog audit shred --task web --reason "asked for by its owner"', 'all of it'],
      ['shiplog audit shred --position 120 --reason "password in a command"', 'of this one request'],
    ],
  });
};

function targetOf(command: Command, sha256: string | undefined, { task, position }: Options): () => ShredTarget {
  const given = [sha256, task, position].filter((one) => one !== undefined);
  if (given.length !== 1) command.error('say what to shred: a SHA-256, --task or --position, and one of them alone');
  return () => {
    if (sha256 !== undefined) return { sha256: parseSha256(sha256) };
    return task === undefined ? { position: position ?? 0 } : { task: parseTaskId(task) };
  };
}
