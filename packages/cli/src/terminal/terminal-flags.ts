/** The flags by which a person is at the other end of a process's stdin and terminal. */
import { attachedStdin, type ConsoleSize, InvalidArgumentError, type Stdio } from '@shiplog/core';
import { type Command, InvalidArgumentError as InvalidFlagError } from 'commander';
import { defaultDetachKeys, parseDetachKeys } from './detach-keys.js';

/** Of a process that is to be made. */
export interface TerminalFlags {
  readonly interactive?: boolean;
  readonly tty?: boolean;
}

export function addTerminalFlags(command: Command): void {
  command
    .option('-i, --interactive', 'give it a stdin: yours, where this command stays with it')
    .option('-t, --tty', 'give it a terminal');
}

/** Of a command that stays with a process. */
export interface AttachFlags {
  readonly detachKeys?: Uint8Array;
  readonly sigProxy?: boolean;
}

export function addAttachFlags(command: Command): void {
  command
    .option(
      '--detach-keys <keys>',
      `what to type to leave it alone, on a terminal (${defaultDetachKeys}; empty: nothing)`,
      parseDetachKeys,
    )
    .option(
      '--sig-proxy <yes>',
      'send it the signals that this command gets (true); false: they end this command',
      yesNo,
    );
}

function yesNo(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidFlagError('Give true or false.');
}

/** @param stays whether this command is to be its one writer, or any number may follow one another */
export function ioOf({ interactive, tty = false }: TerminalFlags, stays: boolean): Partial<Stdio> {
  const stdin = stays ? attachedStdin.once : attachedStdin.keep;
  return { terminal: tty, ...(interactive && { stdin }) };
}

/**
 * Whoever types on a terminal needs one himself.
 *
 * @throws InvalidArgumentError
 */
export function assertTerminal({ interactive, tty }: TerminalFlags, stdin: () => { readonly isTTY?: boolean }): void {
  if (!interactive || !tty || stdin().isTTY) return;
  throw new InvalidArgumentError('the input device is not a TTY: leave out -t to pass on a pipe or a file');
}

/** So that a program sees the right size when it looks first. */
export function withConsoleSize<P extends { readonly terminal?: boolean }>(
  process: P,
  size: ConsoleSize | undefined,
): P {
  return process.terminal && size ? { ...process, consoleSize: size } : process;
}
