/** The command line as a whole: finds the command, loads it, runs it, and ends in one exit code. */
import type { Command } from 'commander';
import { buildProgram } from './build-program.js';
import type { Cli, CommandResult } from './command.js';
import { maskedCommandLine } from './command-line.js';
import { commandWords } from './command-words.js';
import { commands } from './commands/index.js';
import { commonOptionsOf } from './common-options.js';
import { reportError } from './errors.js';
import { exitCodes } from './exit-codes.js';
import { unknownCommandIn } from './find-command.js';
import { Output, type OutputStreams } from './output/output.js';
import { refusedIn } from './refused-values.js';
import { loadCommand, nameOf } from './subcommands.js';
import type { InputStream } from './terminal/input-stream.js';

export interface ProgramInput {
  /** Without node and the program's path. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly streams: OutputStreams;
  /** Made when it is asked for. */
  readonly stdin: () => InputStream;
}

/** @returns the exit code; everything is printed by then */
export async function runProgram({ args, env, streams, stdin }: ProgramInput): Promise<number> {
  const output = new Output(streams, env);
  let exitCode: number = exitCodes.ok;
  let named: string | undefined;
  const cli: Cli = {
    output,
    env,
    stdin,
    load: (command) => loadCommand(command, cli),
    async inSession(command, work, task) {
      const common = commonOptionsOf(command, env);
      const { inSession } = await import('./session.js');
      if (common.json) output.hideProgress();
      const request = {
        ...{ common, env, output, stdin },
        command: commandWords(nameOf(command), task),
        argv: maskedCommandLine(args, program),
      };
      const refusal = refusedIn(command);
      if (refusal) {
        // A root that cannot be opened now is not what is wrong with this command.
        const recorded = inSession(request, (session) => refusal.record(session));
        await recorded.catch(() => undefined);
        throw refusal.error;
      }
      const result: CommandResult = await inSession(request, work);
      exitCode = result ?? exitCodes.ok;
    },
  };
  const program = buildProgram(cli);
  try {
    const remember = (_: Command, command: Command) => {
      named = nameOf(command);
      command.hook('preSubcommand', remember);
    };
    program.hook('preSubcommand', remember);
    const unknown = unknownCommandIn(args, program);
    await program.parseAsync(unknown === undefined ? args : [unknown], { from: 'user' });
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
  const hint = commands.find(({ name }) => name === command)?.confusedWith;
  // What `help` takes is what the general help lists.
  const explained = command === 'help' ? undefined : command;
  const { text, exitCode } = reportError(error, { debug: isSet(env.SHIPLOG_DEBUG), command: explained, hint });
  if (text) output.talk(text);
  return exitCode;
}

export function isCommand(name: string): boolean {
  return commands.some((command) => command.name === name || command.aliases?.includes(name));
}

/** For an error that nobody caught: a bug, and no reason for a stack on the user's terminal. */
export function reportUncaught(error: unknown, { env, streams }: Pick<ProgramInput, 'env' | 'streams'>): number {
  return report(error, { output: new Output(streams, env), env });
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '' && variable !== '0';
}
