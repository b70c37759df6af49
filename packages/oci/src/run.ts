/**
 * The one place that starts processes. Commands are argv arrays and never see a shell; what they inherit of our
 * environment is named here, so that a secret in it reaches neither a runtime, nor a monitor that outlives us.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import {
  abortError,
  DeadlineExceededError,
  FailedPreconditionError,
  ShiplogError,
  UnavailableError,
} from '@shiplog/core';
import type { Result } from 'execa';
import { CoveredDescriptors } from './inherited-descriptors.js';

export interface Command {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
}

export interface RunOptions {
  /** Whether what it prints is of interest; each pipe costs time. */
  readonly stdout?: 'pipe' | 'ignore';
  /** Ends the process; the call then fails with what fired it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds that the process has to come to its end by itself after the signal fired. What it brought about by
   * then is a success like any other.
   */
  readonly grace?: number;
  /** Milliseconds after which the process is ended in any case. */
  readonly limit?: number;
  /** Absolute; `/` when absent: our own may be gone, as a monitor's is once its task was deleted. */
  readonly cwd?: string;
  /** What it reads from its stdin; nothing when absent. */
  readonly input?: Uint8Array;
  /** UTF-8 text without a newline at its end when absent; with latin1, each byte that it prints is one character. */
  readonly encoding?: 'latin1';
  /** Beside what it inherits of ours. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandOutcome {
  /** 128 + n where signal n ended it, as a shell says it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const inherited = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'] as const;
const maxOutput = 1_000_000;
/** Milliseconds between SIGTERM and SIGKILL for a process whose call was given up. */
const forceKillAfterDelay = 500;

/** What is typed at our terminal is not for it, and what has begun comes to its end when we do not. */
const ownSession = { detached: true, cleanup: false } as const;

function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = { ...extra };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** What a long life beside ours needs none of: loaded when the first command is run, which a monitor's start is not. */
const loadExeca = async () => (await import('execa')).execa;

/**
 * Runs a command to its end. An exit code other than 0 is no error here: its meaning is the caller's to know.
 *
 * @throws UnavailableError if the program is not there, or is none
 * @throws CancelledError | DeadlineExceededError when the signal fired, or at the limit
 */
export async function runCommand(command: Command, options: RunOptions = {}): Promise<CommandOutcome> {
  const { stdout = 'pipe', signal, limit, cwd = '/', env, input, encoding } = options;
  if (signal?.aborted) throw abortError(signal, `${describe(command)} began`);
  using ending = endingOf(options);
  const execa = await loadExeca();
  using covered = new CoveredDescriptors(3);
  const running = execa(command.file, command.args, {
    stdio: covered.after([input ? 'pipe' : 'ignore', stdout, 'pipe'] as const) as ['ignore', typeof stdout, 'pipe'],
    cancelSignal: ending.signal,
    env: environment(env),
    cwd,
    ...(input !== undefined && { input }),
    // A newline at the end of text is none of it; one at the end of bytes is.
    ...(encoding !== undefined && { encoding, stripFinalNewline: false }),
    extendEnv: false,
    reject: false,
    maxBuffer: maxOutput,
    forceKillAfterDelay,
    ...ownSession,
  });
  const { nodeChildProcess: child } = running;
  child.once('exit', () => {
    // Children of its own may hold its output open for as long as they like.
    if (ending.signal.aborted) for (const output of [child.stdout, child.stderr]) output?.destroy();
  });
  const result = await running;
  if (result.isCanceled) {
    if (signal?.aborted) throw abortError(signal, `${describe(command)} ended`);
    throw new DeadlineExceededError(`${describe(command)} did not come to its end within ${limit} ms`);
  }
  assertStarted(command, result);
  if (result.isMaxBuffer) {
    throw new ShiplogError('unknown', `${describe(command)} printed more than ${maxOutput} characters`);
  }
  return { exitCode: exitCodeOf(result), stdout: result.stdout ?? '', stderr: result.stderr };
}

/** When the process is to be ended: some time after the caller's signal, or at the limit. */
function endingOf({ signal, grace = 0, limit }: RunOptions): Disposable & { readonly signal: AbortSignal } {
  const ending = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const endAfter = (ms: number): void => void timers.push(setTimeout(() => ending.abort(), ms));
  const onAbort = (): void => (grace === 0 ? ending.abort() : endAfter(grace));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (limit !== undefined) endAfter(limit);
  return {
    signal: ending.signal,
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

export interface MonitorOptions {
  readonly cwd: string;
  /** A file descriptor, or nothing. */
  readonly stdin: number | 'ignore';
  /** A file descriptor, or nowhere. */
  readonly stdout: number | 'ignore';
  /** A file descriptor, or into what is told of its end. */
  readonly stderr: number | 'pipe';
  /** The file descriptor that it reports through: it finds it as the one that `_OCI_SYNCPIPE` names. */
  readonly sync: number;
  /** Descriptors that it has for as long as it lives, and no use for. */
  readonly held: readonly number[];
}

/** A process that lives as long as what it watches over, and longer than we do. */
export interface Monitor {
  readonly pid: number;
  /** Does not keep our process alive. */
  readonly ended: Promise<Pick<CommandOutcome, 'exitCode' | 'stderr'>>;
}

/**
 * Starts a monitor (conmon).
 *
 * @throws UnavailableError if the program is not there, or is none
 */
export async function startMonitor(command: Command, options: MonitorOptions): Promise<Monitor> {
  const { cwd, stdin, stdout, stderr, sync, held } = options;
  const own = [stdin, stdout, stderr, sync, ...held];
  using covered = new CoveredDescriptors(own.length);
  const child = await begin(command, cwd, covered.after(own), environment({ _OCI_SYNCPIPE: '3' }));
  // The next thing to do with the task is done by a command, and there is nothing to do until it reports.
  void loadExeca();
  return child;
}

/** A process that is not waited for: it needs nothing of us but its descriptors, and there may be hundreds of them. */
async function begin(
  command: Command,
  cwd: string,
  stdio: StdioOptions,
  env: Readonly<Record<string, string>>,
): Promise<Monitor> {
  try {
    const child = spawn(command.file, command.args, { cwd, stdio, env, detached: true });
    if (child.pid === undefined) throw (await once(child, 'error'))[0];
    child.unref();
    return { pid: child.pid, ended: endOf(child) };
  } catch (error) {
    throw notStarted(command, (error as NodeJS.ErrnoException).code, error);
  }
}

function endOf(child: ChildProcess): Monitor['ended'] {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < maxOutput) stderr += text;
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ exitCode: exitCodeOf({ exitCode: code, signal }), stderr: stderr.trimEnd() });
    });
  });
}

export interface HelperOptions {
  /** From 0 on. */
  readonly descriptors: readonly (number | 'ignore')[];
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A process beside a container that lives longer than we do, the leader of its group. */
export interface Helper {
  readonly pid: number;
  /** Does not keep our process alive. */
  readonly ended: Promise<Pick<CommandOutcome, 'exitCode'>>;
}

/**
 * @throws UnavailableError if the program is not there, or is none
 */
export async function startHelper(command: Command, options: HelperOptions): Promise<Helper> {
  const { descriptors, environment: env } = options;
  using covered = new CoveredDescriptors(descriptors.length);
  return await begin(command, '/', covered.after(descriptors), env);
}

/** A small program that does its work when we are gone: it sees that by the end of its stdin. */
export interface Companion extends Disposable {
  tell(line: string): void;
  /** @throws Error if what it says next is something else, or nothing any more */
  says(line: string): Promise<void>;
}

/**
 * @param descriptor is its descriptor 3
 * @throws UnavailableError if the program is not there, or is none
 */
export async function startCompanion(command: Command, descriptor: number): Promise<Companion> {
  const execa = await loadExeca();
  using covered = new CoveredDescriptors(4);
  const companion = execa(command.file, command.args, {
    // execa's types stop at descriptor 9; descriptors do not.
    stdio: covered.after(['pipe', 'pipe', 'ignore', descriptor] as const) as ['pipe', 'pipe', 'ignore', 9],
    env: environment(),
    extendEnv: false,
    reject: false,
    buffer: false,
    ...ownSession,
  });
  const { nodeChildProcess: child, stdin, stdout } = companion;
  if (companion.pid === undefined) assertStarted(command, await companion);
  child.unref();
  // It may have ended; that it has is told where it is asked to say something.
  stdin.on('error', () => {});
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    tell: (line) => void stdin.write(`${line}\n`),
    async says(line) {
      const { value } = await lines.next();
      if (value !== line) throw new Error(`${describe(command)} said ${JSON.stringify(value ?? '')}, and not ${line}`);
    },
    [Symbol.dispose]: () => void stdin.end(),
  };
}

function describe(command: Command): string {
  return basename(command.file);
}

interface End {
  readonly exitCode?: number | null;
  readonly signal?: NodeJS.Signals | null;
}

function exitCodeOf({ exitCode, signal }: End): number {
  return exitCode ?? (signal ? 128 + constants.signals[signal] : 1);
}

/** A process that was never started has neither an exit code nor a signal. */
function assertStarted(command: Command, result: Pick<Result, 'code' | 'exitCode' | 'signal' | 'failed'>): void {
  if (result.exitCode !== undefined || result.signal !== undefined) return;
  throw notStarted(command, result.code, result);
}

function notStarted(
  command: Command,
  code: string | undefined,
  cause: unknown,
): UnavailableError | FailedPreconditionError {
  const details = { program: command.file };
  if (code === 'ENOENT' && !existsSync(command.file)) {
    return new UnavailableError(
      `${command.file} is not there; install it (Debian: apt-get install ${describe(command)}), or configure its path`,
      { cause, details },
    );
  }
  if (code === 'EACCES') {
    return new UnavailableError(`${command.file} may not be run; configure another path`, { cause, details });
  }
  const message = `${command.file} could not be started: ${code ?? 'unknown cause'}`;
  return new FailedPreconditionError(message, { cause, details });
}
