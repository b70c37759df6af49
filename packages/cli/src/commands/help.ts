import type { Command } from 'commander';
import { addHelp, type Configure } from '../command.js';
import { findCommand, throwUnknown } from '../find-command.js';
import { topics } from '../topics/index.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Explains a command, or a topic; without a name it lists all of them.')
    .argument('[subject]', `a command, or a topic: ${topics.map(({ name }) => name).join(', ')}`)
    .action(async (name: string | undefined) => {
      const { parent: program } = command;
      if (!program) return;
      if (name === undefined) return program.outputHelp();
      const [known, topic] = [findCommand(program, name), topics.find((entry) => entry.name === name)];
      if (!known && !topic) throwUnknown('command or topic', name, namesOf(program));
      // Some names mean both, and whoever asks gets both.
      if (known) {
        if (known !== command) await cli.load(known);
        known.outputHelp();
      }
      if (topic) {
        const { page } = await topic.load();
        await cli.output.bytes(`${known ? '\n' : ''}${page()}\n`);
      }
    });
  addHelp(command, {
    examples: [
      ['shiplog help run', 'everything about run'],
      ['shiplog help mounts', 'a page on mounts'],
    ],
  });
};

function namesOf(program: Command): readonly string[] {
  const names = program.commands.flatMap((known) => [known.name(), ...known.aliases()]);
  return [...names, ...topics.map(({ name }) => name).filter((name) => !names.includes(name))];
}
