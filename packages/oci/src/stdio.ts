/**
 * Where a process's output goes. The scheme of stdout (of stderr, if stdout is empty) picks the strategy, as in
 * containerd:
 *
 *     (all empty)    log      conmon writes the CRI log format to the process's own log file
 *     file://PATH    files    the process writes to the files itself: conmon passes its own stdio on to it
 *
 * With `file://`, an empty stderr goes where stdout goes, as in containerd; an empty stdout goes nowhere.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
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

export type StdioPlan =
  | { readonly kind: 'log' }
  /** Absolute paths; null is nowhere. */
  | { readonly kind: 'files'; readonly stdout: string | null; readonly stderr: string | null };

const strategies = {
  none: () => ({ kind: 'log' }),
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
 * @throws NotImplementedError for what is not supported yet: a terminal, stdin, fifos, binary://
 * @throws InvalidArgumentError for what makes no sense
 */
export function planStdio(io: Stdio): StdioPlan {
  if (io.terminal) throw new NotImplementedError('terminals are not supported yet: create the process without one');
  if (io.stdin !== '') throw new NotImplementedError('stdin is not supported yet: leave it empty, and it is /dev/null');
  return strategies[schemeOf(io.stdout === '' ? io.stderr : io.stdout)](io);
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
