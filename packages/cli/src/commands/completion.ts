import { Argument, type Command } from 'commander';
import { addHelp, type Cli, type Configure } from '../command.js';
import { complete } from '../completion/complete.js';
import { type Shell, scripts, shells } from '../completion/scripts.js';
import { bashCandidate, joinBashWords } from '../completion/words.js';
import { programOf } from '../flags.js';
import { printable } from '../output/printable.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Prints a script that completes commands, flags, and the IDs of tasks and execs, in a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices([...shells]))
    .argument('[word...]', 'what is typed behind shiplog: prints what may stand there. The script asks so')
    .passThroughOptions()
    .action(async (shell: Shell, words: readonly string[]) => {
      if (words.length === 0) return cli.output.bytes(scripts[shell]);
      if (command.parent) await printCandidates(command.parent, shell, programOf(words), cli);
    });
  addHelp(command, {
    examples: [
      ['shiplog completion fish > ~/.config/fish/completions/shiplog.fish', 'for fish'],
      ['source <(shiplog completion bash)', 'in ~/.bashrc; zsh likewise, in ~/.zshrc, behind compinit'],
    ],
  });
};

async function printCandidates(program: Command, shell: Shell, typed: readonly string[], cli: Cli): Promise<void> {
  const words = shell === 'bash' ? joinBashWords(typed) : typed;
  const { sourcesOf } = await import('../completion/sources.js');
  const { candidates, paths } = await complete(program, words, cli.load, sourcesOf(program, cli.env));
  const lines = candidates.map(({ value, description }) => {
    const text = shell === 'bash' ? bashCandidate(value) : value;
    return `${printable(text)}\t${printable(description)}`;
  });
  await cli.output.lines([...lines, `:${paths}`]);
}
