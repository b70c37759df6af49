/** The command line as a whole: finds the command, loads it, runs it, and ends in one exit code. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Cli, CommandResult } from './command.js';
import { commands } from './commands/index.js';
import { addCommonOptions, commonOptionsOf } from './common-options.js';
import { reportError } from './errors.js';
import { exitCodes } from './exit-codes.js';
import { Output, type OutputStreams } from './output/output.js';

export interface ProgramInput {
  /** Without node and the program's path. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly streams: OutputStreams;
}

/** @returns the exit code; everything is printed by then */
export async function runProgram({ args, env, streams }: ProgramInput): Promise<number> {
  const output = new Output(streams, env);
  let exitCode: number = exitCodes.ok;
  let named: string | undefined;
  const cli: Cli = {
    output,
    env,
    async inSession(command, work, task) {
      const common = commonOptionsOf(command, env);
      const { inSession } = await import('./session.js');
      const words = ['shiplog', command.name(), ...(task === undefined ? [] : [task.slice(0, keptOfTask)])].join(' ');
      const result: CommandResult = await inSession({ common, command: words, env, output }, work);
      exitCode = result ?? exitCodes.ok;
    },
  };
  try {
    const program = buildProgram(cli);
    program.hook('preSubcommand', (_, command) => {
      named = command.name();
    });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = report(error, { output, env, command: named });
  }
  await output.flush();
  return exitCode;
}

interface Reporting {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly command?: string | undefined;
}

function report(error: unknown, { output, env, command }: Reporting): number {
  const { text, exitCode } = reportError(error, { debug: isSet(env.SHIPLOG_DEBUG), command });
  if (text) output.talk(text);
  return exitCode;
}

/** For an error that nobody caught: a bug, and no reason for a stack on the user's terminal. */
export function reportUncaught(error: unknown, { env, streams }: Omit<ProgramInput, 'args'>): number {
  return report(error, { output: new Output(streams, env), env });
}

/** What is given as an ID may be of any length; a valid one has at most 76 characters. */
const keptOfTask = 77;

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '' && variable !== '0';
}

function buildProgram(cli: Cli): Command {
  const program = new Command('shiplog')
    .description('Runs containers on runc or crun, and keeps every transition in an event log.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help; with a command, its help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    // Errors are printed in one place, with all others.
    .configureOutput({
      writeOut: (text) => void cli.output.bytes(text).catch(() => {}),
      writeErr: (text) => cli.output.talkBlock(text),
      outputError: () => {},
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', overview);
  addCommonOptions(program);
  for (const { name, summary } of commands) program.command(name).summary(summary);
  program.hook('preSubcommand', async (_, command) => {
    const entry = commands.find(({ name }) => name === command.name());
    if (!entry) return;
    const { configure } = await entry.load();
    command.helpOption('-h, --help', 'show this help');
    configure(command, cli);
    addCommonOptions(command);
  });
  return program;
}

const overview = `
Examples:
  # run a command in a container, and remove it afterwards
  shiplog run --rm --rootfs ./rootfs hello echo hello
  # what happened?
  shiplog events

Exit codes:
  run, exec and wait end with the container's own
  125 Shiplog's own error, 126 the program may not run, 127 there is no such program
  "shiplog COMMAND -h" tells those of each command`;

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
