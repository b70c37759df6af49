import { addHelp, type Configure } from '../command.js';
import { parseSignal } from '../signals.js';
import { onTasks } from './task-command.js';

interface Options {
  readonly signal: number;
  readonly all?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Sends a signal to the first process of each task. It does not wait for what comes of it.')
    .option('-s, --signal <signal>', 'a name (TERM, SIGTERM) or a number', parseSignal, parseSignal('KILL'))
    .option('-a, --all', 'to every process of each task, as ctr does');
  onTasks<Options>(command, cli, (task, { context }, { signal, all }) =>
    task.kill(signal, { all: all ?? false }, context),
  );
  addHelp(command, {
    examples: [
      ['shiplog kill web', 'end it at once (KILL)'],
      ['shiplog kill -s TERM web && shiplog wait web', 'ask it to end, and wait until it has'],
      ['shiplog kill $(shiplog ls -q)', 'every task of the namespace'],
    ],
  });
};
