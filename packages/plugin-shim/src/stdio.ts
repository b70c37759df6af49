/**
 * Where a process's output goes, in a shim's words:
 *
 *     (all empty), terminal, attach://   fifos that a keeper of ours reads into the log
 *     PATH, fifo://PATH                  the fifo's path
 *     file://PATH                        a link to the file for each stream: a shim appends to what is no fifo
 *     binary://PATH?...                  the URI
 *
 * A shim has one way for both streams, and tells it by stdout: so files and fifos are mixed as paths.
 */
import { closeSync, constants, openSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  errorMessageOf,
  FailedPreconditionError,
  makeFolders,
  NotFoundError,
  type Stdio,
  type TaskId,
  UnavailableError,
} from '@shiplog/core';
import {
  findProgram,
  type KeptStdio,
  keepOutput,
  openFifo,
  type ProcessFolder,
  type Sink,
  type StdioPlan,
} from '@shiplog/oci';

export interface ShimStdio extends KeptStdio {
  readonly terminal: boolean;
}

/** What a shim is given. To be disposed of when the shim has opened it. */
export interface OpenedStdio extends Disposable {
  readonly stdio: ShimStdio;
  /** Whether the end of the input is the keeper's to make, so that the shim may let go of its own end. */
  readonly endsItself: boolean;
}

export interface StdioFor {
  readonly action: string;
  readonly conmon: string | undefined;
  readonly folder: ProcessFolder;
  readonly id: TaskId;
  readonly namespace: string;
  readonly exitCommand: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens the far ends of fifos, for a shim waits until somebody does.
 *
 * @throws NotFoundError | FailedPreconditionError if something cannot be opened
 * @throws UnavailableError if output is to be kept and conmon is missing
 */
export async function openShimStdio(plan: StdioPlan, io: Stdio, options: StdioFor): Promise<OpenedStdio> {
  const { conmon } = options;
  if (plan.kind === 'log') {
    if (conmon === undefined) {
      throw new UnavailableError(
        'conmon keeps output that goes to the log, and is not there: apt-get install conmon, or give stdout and stderr',
      );
    }
    const kept = await keepOutput({ ...options, conmon, stdio: plan });
    const endsItself = kept.stdin !== '' && !plan.terminal;
    return { stdio: { ...kept, terminal: plan.terminal }, endsItself, [Symbol.dispose]: () => undefined };
  }
  using open = new DisposableStack();
  const hold = (stream: string, path: string): string => {
    const fd = openFifo(stream, path);
    open.defer(() => closeSync(fd));
    return path;
  };
  const stdin = plan.stdin === null ? '' : checkedFifo(plan.stdin);
  let outputs: readonly [string, string];
  if (plan.kind === 'logger') {
    assertLogger(plan.logger.file);
    outputs = [io.stdout, io.stdout];
  } else {
    outputs = [
      pathOf('stdout', plan.stdout, options.folder, hold),
      pathOf('stderr', plan.stderr, options.folder, hold),
    ];
  }
  const held = open.move();
  const [stdout, stderr] = outputs;
  return {
    stdio: { stdin, stdout, stderr, terminal: false },
    endsItself: false,
    [Symbol.dispose]: () => held.dispose(),
  };
}

type Hold = (stream: string, path: string) => string;

function pathOf(stream: 'stdout' | 'stderr', sink: Sink | null, folder: ProcessFolder, hold: Hold): string {
  // An empty path is one that a shim cannot open.
  if (sink === null) return '/dev/null';
  if (sink.kind === 'fifo') return hold(stream, sink.path);
  touch(sink.path);
  return linkTo(sink.path, join(folder.path, stream));
}

/**
 * A name that is none but this stream's, and has no sign in it that means something in a URI. Of two equal paths runc's shim
 * opens one file, and closes it with the first stream that ends: what the other has still to say would be lost.
 */
function linkTo(path: string, link: string): string {
  rmSync(link, { force: true });
  symlinkSync(path, link);
  return link;
}

/** It is the shim's to read from; here, only whether it is one. */
function checkedFifo(path: string): string {
  closeSync(openFifo('stdin', path));
  return path;
}

function touch(path: string): void {
  try {
    makeFolders(dirname(path));
    closeSync(
      openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o600),
    );
  } catch (cause) {
    throw new FailedPreconditionError(`${path} cannot be opened for output: ${errorMessageOf(cause)}`, {
      cause,
      details: { path },
    });
  }
}

function assertLogger(file: string): void {
  if (findProgram(file) !== undefined) return;
  throw new NotFoundError(`the logger ${file} is not there, or may not be run; name another program`, {
    details: { program: file },
  });
}
