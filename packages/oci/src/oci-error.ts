/** What an OCI runtime said when it failed, as an error that keeps its words and its command line. */
import {
  type ErrorDetails,
  FailedPreconditionError,
  isShiplogError,
  NotFoundError,
  ShiplogError,
  type ShiplogErrorOptions,
} from '@shiplog/core';

export interface RuntimeFailure {
  /** What failed, for people: `create task web`. */
  readonly action: string;
  /** The program and its arguments. They hold names and paths, never a value of the environment. */
  readonly argv: readonly string[];
  /** Of the runtime, where it is known. */
  readonly exitCode?: number;
  /** The runtime's own last error line; empty if it said nothing. */
  readonly line: string;
}

/** Exit codes that shells and container tools give for a program that is not there, and one that may not run. */
const programNotFound = 127;
const programMayNotRun = 126;

// In the words of runc and of crun.
const programFailures: readonly { readonly pattern: RegExp; readonly exitCode: number }[] = [
  { pattern: /executable file (.* )?not found in \$PATH/, exitCode: programNotFound },
  { pattern: /exec: ".*": stat .*: (no such file or directory|not a directory)/, exitCode: programNotFound },
  { pattern: /open executable: (No such file or directory|Not a directory)/, exitCode: programNotFound },
  { pattern: /exec: ".*": (permission denied|is a directory)/, exitCode: programMayNotRun },
  {
    pattern: /open executable: (Permission denied|Operation not permitted|Is a directory)/,
    exitCode: programMayNotRun,
  },
  { pattern: /exec format error/i, exitCode: programMayNotRun },
];

// What to do, where the runtime's own words leave it to be guessed.
const advice: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  {
    pattern: /chdir|mkdir .*: (not a directory|permission denied)/i,
    hint: 'see that the working directory (--cwd) is a folder there, and one that its user may enter',
  },
  {
    pattern: /(error mounting|mount `).*not a directory/i,
    hint: 'source and target of a bind mount must both be folders, or both be files',
  },
  { pattern: /(error mounting|mount `).*no such device/i, hint: 'the kernel has no file system of that type' },
  { pattern: /(error mounting|mount `).*invalid argument/i, hint: 'see that its options are those of its type' },
  { pattern: /memory limit/i, hint: 'give it more memory (--memory)' },
  {
    pattern: /set(ting )?rlimit.*operation not permitted/i,
    hint: "it cannot be more than this process's own without CAP_SYS_RESOURCE",
  },
  { pattern: /no space left on device/i, hint: 'free some space, then try again' },
];

/** `details.exitCode` is 127 or 126 where the container's program is at fault; `details.argv` is the command line. */
export function runtimeError(failure: RuntimeFailure, cause?: unknown): ShiplogError {
  const said = failure.line === '' ? `it said nothing${exitWords(failure.exitCode)}` : failure.line;
  const hint = advice.find(({ pattern }) => pattern.test(failure.line))?.hint;
  const message = `cannot ${failure.action}: ${said}${hint === undefined ? '' : `; ${hint}`}`;
  const exitCode = programFailures.find(({ pattern }) => pattern.test(failure.line))?.exitCode;
  const details: ErrorDetails = {
    argv: failure.argv,
    runtimeError: failure.line,
    ...(failure.exitCode !== undefined && { runtimeExitCode: failure.exitCode }),
    ...(exitCode !== undefined && { exitCode }),
  };
  const options: ShiplogErrorOptions = { details, ...(cause !== undefined && { cause }) };
  if (exitCode === programNotFound) return new NotFoundError(message, options);
  if (exitCode === programMayNotRun) return new FailedPreconditionError(message, options);
  return unknownFailure(message, options);
}

/** Whether the runtime itself ended with an error; one that was killed has refused nothing. */
export function isRefusal(error: unknown): boolean {
  const code = isShiplogError(error) ? error.details.runtimeExitCode : undefined;
  return typeof code === 'number' && code < firstSignalCode;
}

/** Exit codes from here on are a shell's way to say which signal ended a process. */
const firstSignalCode = 128;

/** For what has no class of its own. */
export function unknownFailure(message: string, options: ShiplogErrorOptions): ShiplogError {
  return new ShiplogError('unknown', message, options);
}

export function isUnknown(error: unknown): boolean {
  return isShiplogError(error) && error.code === 'unknown';
}

function exitWords(exitCode: number | undefined): string {
  return exitCode === undefined ? '' : ` and ended with exit code ${exitCode}`;
}
