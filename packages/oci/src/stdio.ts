/**
 * Where a process's output goes. The scheme of stdout (of stderr, if stdout is empty) picks the strategy, as in
 * containerd:
 *
 *     (all empty)    log      conmon writes the CRI log format to the process's own log file
 *     file://PATH    files    the process writes to the files itself: conmon passes its own stdio on to it
 *
 * With `file://`, an empty stderr goes where stdout goes, as in containerd; an empty stdout goes nowhere.
 *
 * A terminal, and a stdin to attach to (`attach://`), are the monitor's to hold, so both go with the log.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  attachedStdin,
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
  NotImplementedError,
  type Stdio,
} from '@shiplog/core';
import { makeFolders } from './small-file.js';

/** Empty where the caller says nothing. */
export function completeStdio(io: Partial<Stdio> = {}): Stdio {
  const { stdin = '', stdout = '', stderr = '', terminal = false } = io;
  return { stdin, stdout, stderr, terminal };
}

/** Who has the other end of a process's stdin: nobody, its first writer, or any number of them one after the other. */
export type StdinPlan = 'none' | keyof typeof attachedStdin;

export type StdioPlan =
  | { readonly kind: 'log'; readonly stdin: StdinPlan; readonly terminal: boolean }
  /** Absolute paths; null is nowhere. */
  | { readonly kind: 'files'; readonly stdout: string | null; readonly stderr: string | null };

const strategies = {
  none: ({ stdin, terminal }) => ({ kind: 'log', stdin: stdinPlan(stdin), terminal }),
  file: (io) => {
    const stdout = filePath('stdout', io.stdout);
    return { kind: 'files', stdout, stderr: io.stderr === '' ? stdout : filePath('stderr', io.stderr) };
  },
  fifo: () => {
    throw new NotImplementedError('fifos as stdio are not supported yet: use file://PATH, or nothing for the log file');
  },
  binary: () => {
    throw new NotImplementedError(
      'binary:// as stdio is not supported yet: use file://PATH, or nothing for the log file',
    );
  },
} as const satisfies Record<string, (io: Stdio) => StdioPlan>;

/**
 * @throws NotImplementedError for what is not supported yet: fifos, binary://
 * @throws InvalidArgumentError for what makes no sense
 */
export function planStdio(io: Stdio): StdioPlan {
  const plan = strategies[schemeOf(io.stdout === '' ? io.stderr : io.stdout)](io);
  if (plan.kind === 'log') return plan;
  if (io.terminal) {
    throw new InvalidArgumentError('the output of a terminal goes to the log: leave stdout and stderr empty');
  }
  if (io.stdin !== '') {
    throw new InvalidArgumentError('a stdin to attach to goes with the log: leave stdout and stderr empty');
  }
  return plan;
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
      throw new NotImplementedError(
        `stdin ${JSON.stringify(stdin)} is not supported yet: use ${attachedStdin.once}, ${attachedStdin.keep}, or nothing`,
      );
  }
}

function schemeOf(uri: string): keyof typeof strategies {
  if (uri === '') return 'none';
  if (uri.startsWith('/')) return 'fifo';
  const scheme = /^([a-z]+):\/\//.exec(uri)?.[1];
  if (scheme === 'file' || scheme === 'fifo' || scheme === 'binary') return scheme;
  throw new InvalidArgumentError(
    `${JSON.stringify(uri)} is no stdio: use file://PATH with an absolute path, or nothing`,
  );
}

function filePath(stream: string, uri: string): string | null {
  if (uri === '') return null;
  const path = /^file:\/\/(\/[^\0]*)$/.exec(uri)?.[1];
  if (path === undefined) {
    throw new InvalidArgumentError(
      `${stream} ${JSON.stringify(uri)} is not valid: use file://PATH with an absolute path`,
    );
  }
  return resolve(path);
}

/** Open files for one launch of a monitor. Dispose it when the monitor has them. */
export interface OpenStdio extends Disposable {
  readonly stdout: number | 'ignore';
  readonly stderr: number | 'pipe';
}

/**
 * Opens what the plan names, for appending; folders on the way and files that are not there are made.
 *
 * @throws FailedPreconditionError if a file cannot be opened
 */
export function openStdio(plan: StdioPlan): OpenStdio {
  const open = new Map<string, number>();
  const close = (): void => {
    for (const fd of open.values()) closeSync(fd);
    open.clear();
  };
  if (plan.kind === 'log') return { stdout: 'ignore', stderr: 'pipe', [Symbol.dispose]: close };
  try {
    for (const path of [plan.stdout, plan.stderr]) {
      const file = path ?? '/dev/null';
      if (!open.has(file)) open.set(file, openForAppending(file));
    }
  } catch (error) {
    close();
    throw error;
  }
  const descriptor = (path: string | null): number => open.get(path ?? '/dev/null') as number;
  return { stdout: descriptor(plan.stdout), stderr: descriptor(plan.stderr), [Symbol.dispose]: close };
}

function openForAppending(path: string): number {
  try {
    makeFolders(dirname(path));
    // Without NONBLOCK, a fifo that nobody reads would hang us here; with it, opening one fails.
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o600);
  } catch (cause) {
    throw new FailedPreconditionError(`${path} cannot be opened for output: ${errorMessageOf(cause)}`, {
      cause,
      details: { path },
    });
  }
}
