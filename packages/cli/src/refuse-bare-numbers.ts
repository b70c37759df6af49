import type { Command } from 'commander';
import { commands } from './commands/index.js';
import { tasksOf } from './tasks-of.js';

/**
 * To kill(1), `-15` is a signal. Commander takes it for an argument: read as the ID of one more task, it would let the
 * others be dealt with as if it were not there.
 */
export function refuseBareNumbers(command: Command): void {
  const bare = tasksOf(command).find((arg) => /^-\d/.test(arg));
  if (bare === undefined) return;
  const hint = commands.find(({ name }) => name === command.name())?.bareNumber?.(bare.slice(1));
  command.error(`unknown option '${bare}'${hint === undefined ? '' : `: ${hint}`}`);
}
