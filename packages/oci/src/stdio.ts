/**
 * Where a process's output goes. The scheme of stdout (of stderr, if stdout is empty) picks the strategy, as in
 * containerd:
 *
 *     (all empty)         log      conmon writes the CRI log format to the process's own log file
 *     file://PATH         handed   the process writes to the file itself: conmon passes its own stdio on to it
 *     PATH, fifo://PATH   handed   the same with a fifo
 *     binary://PATH?...   logger   a program reads what the process writes
 *
 * A URI's path is percent-encoded, that of a fifo without a scheme is not.
 *
 * With `file://`, an empty stderr goes where stdout goes, as in containerd; otherwise what is empty goes nowhere.
 *
 * A terminal, and a stdin to attach to (`attach://`), are the monitor's to hold, so both go with the log. A fifo as
 * stdin goes with all others.
 */
import { resolve } from 'node:path';
import { attachedStdin, InvalidArgumentError, type Stdio } from '@shiplog/core';

/** Empty where the caller says nothing. */
export function completeStdio(io: Partial<Stdio> = {}): Stdio {
  const { stdin = '', stdout = '', stderr = '', terminal = false } = io;
  return { stdin, stdout, stderr, terminal };
}

/** Who has the other end of a process's stdin: nobody, its first writer, or any number of them one after the other. */
export type StdinPlan = 'none' | keyof typeof attachedStdin;

/** A path is absolute. */
export interface Sink {
  readonly kind: 'file' | 'fifo';
  readonly path: string;
}

/** A program that reads what a process writes. */
export interface LoggerProgram {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
}

/** `stdin` of all but the log is the absolute path of a fifo; null is nowhere. */
export type StdioPlan =
  | { readonly kind: 'log'; readonly stdin: StdinPlan; readonly terminal: boolean }
  | {
      readonly kind: 'handed';
      readonly stdin: string | null;
      readonly stdout: Sink | null;
      readonly stderr: Sink | null;
    }
  | { readonly kind: 'logger'; readonly stdin: string | null; readonly logger: LoggerProgram };

const strategies = {
  none: ({ stdin, terminal }) => ({ kind: 'log', stdin: stdinPlan(stdin), terminal }),
  file: (io) => handed(io, io.stderr === '' ? io.stdout : io.stderr),
  fifo: (io) => handed(io, io.stderr),
  binary: (io) => {
    if (io.stdout === '' || (io.stderr !== '' && io.stderr !== io.stdout)) {
      throw new InvalidArgumentError('a logger reads both stdout and stderr: give its URI as stdout, and no stderr');
    }
    return { kind: 'logger', stdin: fifoAsStdin(io.stdin), logger: loggerOf(io.stdout) };
  },
} as const satisfies Record<string, (io: Stdio) => StdioPlan>;

/** @throws InvalidArgumentError for what makes no sense */
export function planStdio(io: Stdio): StdioPlan {
  if (io.terminal && (io.stdout !== '' || io.stderr !== '')) {
    throw new InvalidArgumentError('the output of a terminal goes to the log: leave stdout and stderr empty');
  }
  return strategies[schemeOf(io.stdout === '' ? io.stderr : io.stdout)](io);
}

/**
 * A terminal is the process's stdin, too, so both have to say the same of it.
 *
 * @throws InvalidArgumentError
 */
export function assertSameTerminal(io: Stdio, { terminal = false }: { readonly terminal?: boolean | undefined }): void {
  if (io.terminal === terminal) return;
  throw new InvalidArgumentError(
    `process.terminal of the spec is ${terminal}, and io.terminal is ${io.terminal}: make both the same`,
  );
}

function stdinPlan(stdin: string): StdinPlan {
  switch (stdin) {
    case '':
      return 'none';
    case attachedStdin.once:
      return 'once';
    case attachedStdin.keep:
      return 'keep';
    default:
      fifoAsStdin(stdin);
      throw new InvalidArgumentError(
        `a fifo as stdin does not go with the log: give stdout as well (a fifo, file:// or binary://), or use ${attachedStdin.once}`,
      );
  }
}

/** Whether it is a stdin that `closeIO` ends by letting go of a fifo. */
export function isFifoStdin(stdin: string): boolean {
  return stdin.startsWith('/') || stdin.startsWith('fifo://');
}

function fifoAsStdin(stdin: string): string | null {
  if (stdin === attachedStdin.once || stdin === attachedStdin.keep) {
    throw new InvalidArgumentError('a stdin to attach to goes with the log: leave stdout and stderr empty');
  }
  if (stdin === '') return null;
  if (isFifoStdin(stdin)) return pathIn('stdin', stdin);
  throw invalid('stdin', stdin, `the path of a fifo, ${attachedStdin.once}, or nothing`);
}

function handed(io: Stdio, stderr: string): StdioPlan {
  return {
    kind: 'handed',
    stdin: fifoAsStdin(io.stdin),
    stdout: sinkOf('stdout', io.stdout),
    stderr: sinkOf('stderr', stderr),
  };
}

function sinkOf(stream: string, uri: string): Sink | null {
  if (uri === '') return null;
  const scheme = schemeOf(uri);
  if (scheme === 'file' || scheme === 'fifo') return { kind: scheme, path: pathIn(stream, uri) };
  throw invalid(stream, uri, 'file://PATH or the path of a fifo');
}

type Scheme = keyof typeof strategies;

function schemeOf(uri: string): Scheme {
  if (uri === '') return 'none';
  if (uri.startsWith('/')) return 'fifo';
  const scheme = /^([a-z]+):\/\//.exec(uri)?.[1];
  if (scheme === 'file' || scheme === 'fifo' || scheme === 'binary') return scheme;
  throw new InvalidArgumentError(
    `${JSON.stringify(uri)} is no stdio: use file://PATH, the path of a fifo, or binary://PATH, each with an absolute path, or nothing`,
  );
}

function pathIn(stream: string, uri: string): string {
  const [, scheme, text = ''] = /^([a-z]+:\/\/)?(\/[^\0]*)$/.exec(uri) ?? [];
  const path = scheme === undefined ? text : decoded(text);
  if (!path) throw invalid(stream, uri, 'file://PATH or fifo://PATH with an absolute path');
  return resolve(path);
}

/** As containerd reads it: each key of the query is an argument, and its first value the next one. */
function loggerOf(uri: string): LoggerProgram {
  const [, path, query = ''] = /^binary:\/\/(\/[^?#\0]*)(?:\?([^#]*))?/.exec(uri) ?? [];
  const file = path === undefined ? undefined : decoded(path);
  if (file === undefined) {
    throw invalid('stdout', uri, 'binary://PATH?KEY=VALUE&... with the absolute path of a program');
  }
  const values = new URLSearchParams(query);
  return { file: resolve(file), args: [...new Set(values.keys())].flatMap((key) => [key, values.get(key) ?? '']) };
}

/** undefined for what is no percent-encoded text. */
function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text);
    return plain.includes('\0') ? undefined : plain;
  } catch {
    return undefined;
  }
}

function invalid(stream: string, uri: string, wanted: string): InvalidArgumentError {
  return new InvalidArgumentError(`${stream} ${JSON.stringify(uri)} is not valid: use ${wanted}`);
}
