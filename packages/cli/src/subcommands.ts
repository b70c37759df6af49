/** Commands by their names, under the program or under a group of commands; what one takes is loaded when it is named. */
import type { Command } from 'commander';
import type { Cli, CommandEntry } from './command.js';
import { addCommonOptions } from './common-options.js';
import { deferRefusals } from './refused-values.js';

const entryOf = new WeakMap<Command, CommandEntry>();

export function addSubcommands(parent: Command, entries: readonly CommandEntry[], cli: Cli): void {
  parent.enablePositionalOptions();
  for (const entry of entries) {
    const { name, aliases = [], summary } = entry;
    entryOf.set(parent.command(name).aliases(aliases).summary(summary), entry);
  }
  parent.hook('preSubcommand', (_, command) => loadCommand(command, cli));
}

/** Gives a command its arguments, options, help and action. */
export async function loadCommand(command: Command, cli: Cli): Promise<void> {
  const entry = entryOf.get(command);
  if (!entry) return;
  const { configure } = await entry.load();
  command.helpOption('-h, --help', 'show this help').helpCommand(false);
  configure(command, cli);
  deferRefusals(command);
  addCommonOptions(command);
}

/** `audit report`: the words that name a command, without the program's. */
export function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
