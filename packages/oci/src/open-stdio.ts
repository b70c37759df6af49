/** What a plan names, opened for one launch of a monitor. */
import { closeSync, constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorMessageOf, FailedPreconditionError, makeFolders } from '@shiplog/core';
import type { ProcessFolder } from './layout.js';
import { type LoggerFor, startLogger } from './logger.js';
import { makePipes, openFifo, openFifoToRead } from './pipe.js';
import { startHolder } from './stdin-holder.js';
import type { Sink, StdioPlan } from './stdio.js';

/** What a monitor is started with. To be disposed of when the monitor has it. */
export interface OpenStdio extends AsyncDisposable {
  readonly stdin: number | 'ignore';
  readonly stdout: number | 'ignore';
  readonly stderr: number | 'pipe';
  /** What it is to hold as long as it lives. */
  readonly held: readonly number[];
  /** The launch has come about: the programs that go with it are not ended by the disposal. */
  keepPrograms(): void;
}

export interface StdioFor extends Omit<LoggerFor, 'folder'> {
  readonly folder: ProcessFolder;
}

/**
 * Files that are not there, and the folders on the way, are made; fifos are not. Nothing waits for who may be at the
 * other end of a fifo.
 *
 * @throws NotFoundError | FailedPreconditionError if something cannot be opened
 * @throws DeadlineExceededError if a logger does not get ready
 */
export async function openStdio(plan: StdioPlan, options: StdioFor): Promise<OpenStdio> {
  const programs = new AsyncDisposableStack();
  await using open = new AsyncDisposableStack();
  // Last opened, first closed: a program that is to end has seen the end of its input by then.
  open.use(programs);
  const held: number[] = [];
  const toClose = (fd: number): number => {
    open.defer(() => closeSync(fd));
    return fd;
  };
  const ready = (opened: Pick<OpenStdio, 'stdin' | 'stdout' | 'stderr'>): OpenStdio => {
    const all = open.move();
    return {
      ...opened,
      held,
      keepPrograms: () => void programs.move(),
      [Symbol.asyncDispose]: () => all.disposeAsync(),
    };
  };

  if (plan.kind === 'log') return ready({ stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
  let stdin: number | 'ignore' = 'ignore';
  if (plan.stdin !== null) {
    const fifo = open.use(openFifoToRead(plan.stdin));
    const [life] = await makePipes(options.folder.path, 1);
    if (!life) throw new Error('no pipe was made');
    open.use(life);
    // It ends with the monitor; were there none, with the disposal of the pipe.
    await startHolder(options.folder, life.read, fifo.write);
    held.push(life.write);
    stdin = fifo.read;
  }
  if (plan.kind === 'logger') {
    const logger = programs.use(await startLogger(plan.logger, { ...options, folder: options.folder.path }));
    return ready({ stdin, stdout: toClose(logger.stdout), stderr: toClose(logger.stderr) });
  }
  const stdout = toClose(openSink('stdout', plan.stdout));
  const isOneSink = plan.stderr?.path === plan.stdout?.path && plan.stderr?.kind === plan.stdout?.kind;
  return ready({ stdin, stdout, stderr: isOneSink ? stdout : toClose(openSink('stderr', plan.stderr)) });
}

function openSink(stream: string, sink: Sink | null): number {
  if (sink === null) return openSync('/dev/null', 'w');
  return sink.kind === 'fifo' ? openFifo(stream, sink.path) : openForAppending(sink.path);
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
