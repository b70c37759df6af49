/**
 * Logging programs (`binary://`), as containerd starts them: a process's stdout is descriptor 3, its stderr 4, and the
 * program closes 5, or writes to it, when it is ready. It lives on without us, and sees the end of both when the process
 * and its monitor are gone.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { abortError, DeadlineExceededError, FailedPreconditionError, NotFoundError } from '@shiplog/core';
import { findProgram } from './find-program.js';
import { makePipes, type Pipe } from './pipe.js';
import { type Helper, startHelper } from './run.js';
import { readIfThere, systemCodeOf } from './small-file.js';
import type { LoggerProgram } from './stdio.js';

export interface LoggerFor {
  /** Of the task, or of the exec, as in containerd. */
  readonly id: string;
  readonly namespace: string;
  /** Of the process: for what has a name for a moment. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/** Its disposal ends it, for the case that there is nothing to log. */
export interface Logger extends AsyncDisposable {
  /** Descriptors of ours, for the process; to be closed. */
  readonly stdout: number;
  readonly stderr: number;
}

/** Milliseconds that a logger has to get ready, and to end once it is told to. */
const readyLimit = 10_000;
const endLimit = 2_000;

/**
 * Starts a logger, and waits until it is ready.
 *
 * @throws NotFoundError if there is no such program
 * @throws FailedPreconditionError if it ends before it is ready
 * @throws DeadlineExceededError if it does not get ready
 */
export async function startLogger({ file, args }: LoggerProgram, options: LoggerFor): Promise<Logger> {
  const { id, namespace, folder, signal } = options;
  if (findProgram(file) === undefined) {
    throw new NotFoundError(`the logger ${file} is not there, or may not be run; name another program`, {
      details: { program: file },
    });
  }
  using pipes = new DisposableStack();
  const [out, err, ready] = (await makePipes(folder, 3)).map((pipe) => pipes.use(pipe)) as [Pipe, Pipe, Pipe];
  const said = new Socket({ fd: ready.take('read'), readable: true, writable: false });
  pipes.defer(() => said.destroy());
  const helper = await startHelper(
    { file, args },
    {
      descriptors: ['ignore', 'ignore', 'ignore', out.read, err.read, ready.write],
      environment: { CONTAINER_ID: id, CONTAINER_NAMESPACE: namespace },
    },
  );
  // The ends that it has are its alone from here on.
  for (const [pipe, end] of [
    [out, 'read'],
    [err, 'read'],
    [ready, 'write'],
  ] as const)
    closeSync(pipe.take(end));
  try {
    await readiness({ file, helper, said, outputs: [out.write, err.write], signal });
  } catch (error) {
    await endLogger(helper);
    throw error;
  }
  return { stdout: out.take('write'), stderr: err.take('write'), [Symbol.asyncDispose]: () => endLogger(helper) };
}

interface Readiness {
  readonly file: string;
  readonly helper: Helper;
  readonly said: Socket;
  readonly outputs: readonly number[];
  readonly signal: AbortSignal | undefined;
}

async function readiness({ file, helper, said, outputs, signal }: Readiness): Promise<void> {
  const details = { program: file };
  const limit = AbortSignal.timeout(readyLimit);
  const given = AbortSignal.any([limit, ...(signal ? [signal] : [])]);
  const gaveUp = new Promise<'gave up'>((resolve) => {
    if (given.aborted) resolve('gave up');
    given.addEventListener('abort', () => resolve('gave up'), { once: true });
  });
  const ended = helper.ended.then(() => 'ended' as const);
  const first = await Promise.race([firstOf(said), ended, gaveUp]);
  if (first === 'gave up') {
    if (signal?.aborted) throw abortError(signal, `the logger ${file} was ready`);
    throw new DeadlineExceededError(
      `the logger ${file} was not ready within ${readyLimit} ms: it has to close descriptor 5, or write to it`,
      { details },
    );
  }
  if (first === 'wrote') return;
  // A program that ends closes all of its descriptors, the one that says that it is ready too, and not all at once.
  if (first === 'closed' && !isEnding(helper.pid) && outputs.some(isRead)) return;
  const end = await Promise.race([helper.ended, delay(endLimit)]);
  throw new FailedPreconditionError(
    end === undefined
      ? `the logger ${file} reads neither descriptor 3 (stdout) nor 4 (stderr)`
      : `the logger ${file} ended with exit code ${end.exitCode} before it was ready`,
    { details },
  );
}

function firstOf(said: Socket): Promise<'wrote' | 'closed'> {
  return new Promise((resolve) => {
    said.once('data', () => resolve('wrote'));
    said.once('close', () => resolve('closed'));
    said.on('error', () => {});
  });
}

/** PF_EXITING of the kernel's sched.h: set before a process that ends lets go of its descriptors. */
const exiting = 0x4;

function isEnding(pid: number): boolean {
  const stat = readIfThere(`/proc/${pid}/stat`) ?? '';
  // Behind the name, which may hold anything: state, five numbers, flags.
  const flags = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6];
  return flags === undefined || (Number(flags) & exiting) !== 0;
}

/** Whether anybody has the other end of a pipe: otherwise it cannot be opened for writing without waiting. */
function isRead(write: number): boolean {
  try {
    closeSync(openSync(`/proc/self/fd/${write}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENXIO') return false;
    throw error;
  }
}

/** With time to write down what it has. Whatever it started is ended with it. */
async function endLogger({ pid, ended }: Helper): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  await Promise.race([ended, delay(endLimit)]);
  signalGroup(pid, 'SIGKILL');
  await Promise.race([ended, delay(endLimit)]);
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error;
  }
}
