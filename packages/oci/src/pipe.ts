/** Pipes that other processes are to have both ends of. Node.js makes none, so they begin their life as fifos. */
import { closeSync, constants, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessageOf, FailedPreconditionError, NotFoundError, UnavailableError } from '@shiplog/core';
import { findProgram } from './find-program.js';
import { runCommand } from './run.js';
import { isMissing } from './small-file.js';

const { O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Two descriptors of ours. Its disposal closes those that nobody has taken. */
export class Pipe implements Disposable {
  readonly read: number;
  readonly write: number;
  readonly #open: Set<number>;

  constructor(read: number, write: number) {
    this.read = read;
    this.write = write;
    this.#open = new Set([read, write]);
  }

  /** It is the caller's to close from now on. */
  take(end: 'read' | 'write'): number {
    this.#open.delete(this[end]);
    return this[end];
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) closeSync(fd);
    this.#open.clear();
  }
}

/** @param folder where their names are for a moment; what a crash left of them there is taken away */
export async function makePipes(folder: string, count: number): Promise<readonly Pipe[]> {
  const paths = Array.from({ length: count }, (_, index) => join(folder, `pipe-${index}`));
  const removeNames = (): void => {
    for (const path of paths) rmSync(path, { force: true });
  };
  removeNames();
  using pipes = new DisposableStack();
  try {
    await makeFifos(paths);
    const made = paths.map((path) => pipes.use(openPipe(path)));
    pipes.move();
    return made;
  } finally {
    removeNames();
  }
}

/** @throws UnavailableError */
export async function makeFifos(paths: readonly string[]): Promise<void> {
  const mkfifo = findProgram('mkfifo');
  if (mkfifo === undefined) throw new UnavailableError('mkfifo is not there: apt-get install coreutils');
  const { exitCode, stderr } = await runCommand({ file: mkfifo, args: ['--mode=600', '--', ...paths] });
  if (exitCode !== 0) throw new UnavailableError(`cannot make pipes: ${stderr}`);
}

function openPipe(path: string): Pipe {
  // As long as one descriptor is for both, opening either end waits for nobody.
  const both = openSync(path, O_RDWR);
  try {
    const read = openSync(path, O_RDONLY);
    try {
      return new Pipe(read, openSync(path, O_WRONLY));
    } catch (error) {
      closeSync(read);
      throw error;
    }
  } finally {
    closeSync(both);
  }
}

/**
 * Opens a fifo of the user's for a process that writes to it. It is open for reading, too: so it waits for no reader, and
 * a reader that goes away does not end the process (SIGPIPE); what it writes waits for the next.
 *
 * @throws NotFoundError, FailedPreconditionError
 */
export function openFifo(stream: string, path: string): number {
  assertFifo(stream, path);
  return opened(stream, path, () => openSync(path, O_RDWR));
}

/** The same for a process that reads. It sees the end when there is no writer, so `write` is to be held until then. */
export function openFifoToRead(path: string): Pipe {
  assertFifo('stdin', path);
  return opened('stdin', path, () => openPipe(path));
}

function assertFifo(stream: string, path: string): void {
  const found = opened(stream, path, () => statSync(path));
  if (found.isFIFO()) return;
  throw new FailedPreconditionError(`${stream} ${path} is no fifo: use file://${path} for a file, or another path`, {
    details: { path },
  });
}

function opened<T>(stream: string, path: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (isMissing(cause)) {
      throw new NotFoundError(`${stream} ${path} is not there: make it with mkfifo`, { cause, details: { path } });
    }
    throw new FailedPreconditionError(`${stream} ${path} cannot be opened: ${errorMessageOf(cause)}`, {
      cause,
      details: { path },
    });
  }
}
