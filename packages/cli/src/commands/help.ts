import type { Command } from 'commander';
import { addHelp, type Cli, type Configure } from '../command.js';
import { findCommand, throwUnknown } from '../find-command.js';
import { topics } from '../topics/index.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Explains a command, or a topic; without a name it lists all of them.')
    .argument('[subject...]', `a command, or a topic: ${topics.map(({ name }) => name).join(', ')}`)
    .action(async ([name, ...rest]: readonly string[]) => {
      const { parent: program } = command;
      if (!program) return;
      if (name === undefined) return program.outputHelp();
      const [known, topic] = [findCommand(program, name), topics.find((entry) => entry.name === name)];
      if (!known && !topic) throwUnknown('command or topic', name, namesOf(program));
      if (known && known !== command) await cli.load(known);
      if (known && rest.length > 0) return explainWithin(known, rest, cli);
      // Some names mean both, and whoever asks gets both.
      known?.outputHelp();
      if (topic) {
        const { page } = await topic.load();
        await cli.output.bytes(`${known ? '\n' : ''}${page()}\n`);
      }
    });
  addHelp(command, {
    examples: [
      ['shiplog help run', 'everything about run'],
      ['shiplog help audit verify', 'a command of a group'],
      ['shiplog help mounts', 'a page on mounts'],
    ],
  });
};

/** Of a command of a group: `help audit verify`. */
async function explainWithin(group: Command, [name = '', ...rest]: readonly string[], cli: Cli): Promise<void> {
  const known = findCommand(group, name);
  if (!known || rest.length > 0) {
    const names = group.commands.map((command) => command.name());
    throwUnknown('command', [name, ...rest].join(' '), names.length > 0 ? names : [group.name()]);
  }
  await cli.load(known);
  known.outputHelp();
}

function namesOf(program: Command): readonly string[] {
  const names = program.commands.flatMap((known) => [known.name(), ...known.aliases()]);
  return [...names, ...topics.map(({ name }) => name).filter((name) => !names.includes(name))];
}
