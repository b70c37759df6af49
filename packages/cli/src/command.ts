/** What a command is to the program, and what the program is to a command. */
import type { Command } from 'commander';
import type { Output } from './output/output.js';
import type { Session } from './session.js';
import type { InputStream } from './terminal/input-stream.js';

/** The exit code; 0 when nothing is said. */
// biome-ignore lint/suspicious/noConfusingVoidType: a command that has nothing to say returns nothing
export type CommandResult = number | void;

/** The program, as its commands see it. */
export interface Cli {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Made when it is asked for. */
  readonly stdin: () => InputStream;
  /** Gives another command what it takes, for whoever looks at it without running it. */
  load(command: Command): Promise<void>;
  /**
   * Opens the root and does the work. Its result is the exit code of the program.
   *
   * @param task the task that it is about, for the log: it is what is kept of the command line
   */
  inSession(command: Command, work: (session: Session) => Promise<CommandResult>, task?: string): Promise<void>;
}

/** Gives a command its arguments, options, help and action. Called only when the command was named. */
export type Configure = (command: Command, cli: Cli) => void;

export interface CommandEntry {
  readonly name: string;
  /** What docker, podman or ctr call it. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** What somebody may have meant who gets it wrong, because another program calls something else so. */
  readonly confusedWith?: string;
  /** What `-5` alone may have been meant to be, as in kill(1). */
  readonly bareNumber?: (number: string) => string;
  /** Each command is a module of its own, and only the one that was named is loaded. */
  readonly load: () => Promise<{ readonly configure: Configure }>;
}

export interface Help {
  /** A command line, and what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** What the exit code is, where it is more than 0 or 125. */
  readonly exitCodes?: readonly string[];
}

/** Every command's help ends with examples and exit codes. */
export function addHelp(command: Command, { examples, exitCodes = [] }: Help): void {
  const codes = ['0 done', ...exitCodes, "125 Shiplog's own error: stderr says what to do"];
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`);
  command.addHelpText(
    'after',
    `\nExamples:\n${lines.join('\n')}\n\nExit codes:\n${codes.map((code) => `  ${code}`).join('\n')}`,
  );
}
