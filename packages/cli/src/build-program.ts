/** Every command by its name; what one takes is loaded when it is named. */
import { Command } from 'commander';
import type { Cli } from './command.js';
import { commands } from './commands/index.js';
import { addCommonOptions } from './common-options.js';
import { refuseBareNumbers } from './refuse-bare-numbers.js';
import { addSubcommands } from './subcommands.js';
import { topics } from './topics/index.js';
import { version } from './version.js';

export function buildProgram(cli: Cli): Command {
  const program = new Command('shiplog')
    .description('Runs containers on runc or crun, and keeps every transition in an event log.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help; with a command, its help')
    .helpCommand(false)
    .exitOverride()
    // Errors are printed in one place, with all others.
    .configureOutput({
      writeOut: (text) => void cli.output.bytes(text).catch(() => {}),
      writeErr: (text) => cli.output.talkBlock(text),
      outputError: () => {},
    })
    .configureHelp({
      subcommandTerm: (command) => [command.name(), ...command.aliases()].join(', '),
      // The flags of `run` leave less than the usual 40 on a terminal of 80.
      minWidthToWrap: 20,
    })
    .addHelpText('after', overview);
  addCommonOptions(program);
  addSubcommands(program, commands, cli);
  program.hook('preAction', (_, command) => refuseBareNumbers(command));
  return program;
}

const overview = `
Topics, for shiplog help TOPIC:
${topics.map(({ name, summary }) => `  ${name.padEnd(17)}${summary}`).join('\n')}

Examples:
  # run a command in a container, and remove it afterwards
  shiplog run --rm --rootfs ./rootfs hello echo hello
  # what happened?
  shiplog events

Exit codes:
  run, exec and wait end with the container's own
  125 Shiplog's own error
  126 the program may not run
  127 there is no such program
  "shiplog COMMAND -h" tells those of each command`;
