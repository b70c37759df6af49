/**
 * The one place where an error becomes text and an exit code. It does not import the core, since it also speaks for what
 * went wrong before that was loaded: a ShiplogError is known by its code.
 */
import { CommanderError } from 'commander';
import { exitCodeOfSignal, exitCodes } from './exit-codes.js';
import { OutputClosedError } from './output/output.js';
import { printableLines } from './output/printable.js';

/** A signal ended this command; the task that it was about goes on. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly signal: number;

  constructor(signal: number) {
    super(`interrupted by signal ${signal}`);
    this.signal = signal;
  }
}

/** The command did what it was asked, and the answer is bad news: it stands on stdout already. */
export class BadNewsError extends Error {
  override readonly name = 'BadNewsError';
}

/** Told like a ShiplogError: it is thrown before the core is loaded. */
export class NoHomeError extends Error {
  override readonly name = 'NoHomeError';
  readonly code = 'invalid-argument';

  constructor(uid: number) {
    super(`user ${uid} has no home for its log: give --root or SHIPLOG_ROOT, or set HOME`);
  }
}

/** The same of a doctor, who has an exit code of his own for it. */
export class UnhealthyError extends BadNewsError {}

export interface ErrorReport {
  readonly exitCode: number;
  /** For stderr; empty where there is nothing to say. */
  readonly text: string;
}

export interface ReportOptions {
  /** With stack and causes. */
  readonly debug?: boolean;
  /** The command that was named, if one was. */
  readonly command?: string | undefined;
  /** What may have been meant by a wrong command line. */
  readonly hint?: string | undefined;
}

export function reportError(error: unknown, options: ReportOptions = {}): ErrorReport {
  // The root could not be closed either; what came first is why we are here.
  if (error instanceof SuppressedError) return reportError(error.suppressed, options);
  if (error instanceof OutputClosedError) return { exitCode: exitCodes.ok, text: '' };
  if (error instanceof InterruptedError) return { exitCode: exitCodeOfSignal(error.signal), text: '' };
  if (error instanceof CommanderError) return reportUsage(error, options);
  const text = options.debug && error instanceof Error ? withStack(error) : printableLines(messageOf(error));
  return { exitCode: exitCodeOf(error), text };
}

function reportUsage(error: CommanderError, { command, hint }: ReportOptions): ErrorReport {
  // Help and version were asked for, and have been printed.
  if (error.exitCode === 0) return { exitCode: exitCodes.ok, text: '' };
  if (error.code === 'commander.help') return { exitCode: exitCodes.failed, text: '' };
  const help = ['shiplog', 'help', ...(command === undefined ? [] : [command])].join(' ');
  const text = printableLines(error.message.replace(/^error: /, ''));
  const other = hint === undefined ? '' : `; ${hint}`;
  return { exitCode: exitCodes.failed, text: `${text}\n\`${help}\` shows what it takes${other}` };
}

/** `details.exitCode` comes from a backend: the program in the container may not run (126), or is not there (127). */
function exitCodeOf(error: unknown): number {
  if (error instanceof UnhealthyError) return exitCodes.unhealthy;
  const details = isRecord(error) && isRecord(error.details) ? error.details : {};
  const code = details.exitCode;
  return code === exitCodes.notExecutable || code === exitCodes.noSuchProgram ? code : exitCodes.failed;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isExpected(error)) return error.message;
  return `unexpected ${error.name}: ${error.message} (SHIPLOG_DEBUG=1 shows where)`;
}

/** Errors of Shiplog, of this command, and of the operating system say what is wrong; any other is a bug. */
function isExpected(error: Error): boolean {
  return 'code' in error || error instanceof BadNewsError;
}

function withStack(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withStack(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
