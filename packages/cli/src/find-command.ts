import { Command, CommanderError } from 'commander';

export function findCommand(program: Command, word: string): Command | undefined {
  return program.commands.find((command) => command.name() === word || command.aliases().includes(word));
}

/**
 * The word that stands where the command's name does, if it is none of a command. Without this, `-h` behind a name
 * that is mistyped would show the general help, as if all were well.
 */
export function unknownCommandIn(args: readonly string[], program: Command): string | undefined {
  const takesValue = new Set(
    program.options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]),
  );
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (takesValue.has(word)) index += 1;
    else if (!word.startsWith('-')) return findCommand(program, word) ? undefined : word;
  }
  return undefined;
}

/** Fails as commander does for a command that it does not know: with the name that comes nearest. */
export function throwUnknown(what: string, word: string, names: readonly string[]): never {
  const program = new Command().exitOverride((error) => {
    throw new CommanderError(error.exitCode, error.code, error.message.replace('unknown command', `unknown ${what}`));
  });
  program.configureOutput({ outputError: () => {} });
  for (const name of names) program.command(name);
  return program.parse(['--', word], { from: 'user' }) as never;
}
