import { addHelp, type Configure } from '../command.js';

export const configure: Configure = (command) => {
  command.argument('[command]', 'the command to be explained').action(async (name: string | undefined) => {
    const program = command.parent;
    if (!program) return;
    if (name !== undefined && !program.commands.some((known) => known.name() === name)) {
      command.error(`unknown command '${name}'`);
    }
    await program.parseAsync([...(name === undefined ? [] : [name]), '--help'], { from: 'user' });
  });
  addHelp(command, { examples: [['shiplog help run', 'everything about run']] });
};
