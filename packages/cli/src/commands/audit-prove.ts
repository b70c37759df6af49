import { parseCheckpoint, proveConsistency, proveInclusion } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { withLog } from '../open-log.js';
import { readText } from '../read-text.js';
import { parsePosition } from './parse-position.js';

interface Options {
  readonly position?: number;
  readonly from?: string;
  readonly size?: number;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Prints a proof as JSON: that a record is in the log, or that the log has only grown since a checkpoint. ' +
        '`shiplog audit verify --proof` checks one.',
    )
    .option('--position <position>', 'that this record is in the log', parsePosition)
    .option('--from <file>', 'that the log has only grown since this checkpoint; - is stdin', notEmpty)
    .option('--size <records>', 'in the log as it was with so many records: those of a checkpoint', parsePosition)
    .action(async (options: Options) => {
      const { position, from, size } = options;
      if ((position === undefined) === (from === undefined)) {
        command.error('say what is to be proved: --position or --from');
      }
      const note = from === undefined ? undefined : parseCheckpoint(await readText(from, cli));
      await withLog(command, cli, true, async ({ log }) => {
        if (note) await cli.output.json(proveConsistency(log, note, size));
        else if (position !== undefined) await cli.output.json(proveInclusion(log, position, size));
      });
    });
  addHelp(command, {
    examples: [
      ['shiplog audit prove --position 120 --size 500', 'in the log that the checkpoint of 500 is of'],
      ['shiplog audit prove --from old.note', 'nothing before it was changed'],
    ],
  });
};
