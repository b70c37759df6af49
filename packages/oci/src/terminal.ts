/** The size of a process's terminal. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty, WriteStream } from 'node:tty';
import { type ConsoleSize, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import type { ProcessFolder } from './layout.js';
import { parsePid } from './parse.js';
import { readIfThere, systemCodeOf } from './small-file.js';

/**
 * conmon takes 199 bytes from its fifo at a time. Up to version 2.1 it goes wrong on two sizes in one read: it sets the
 * first one twice. So each is made as long as a read. That is also why they are not sent through `ctl`, from which
 * conmon hands them on in its own, short form.
 */
const messageLength = 199;

const maxCells = 65_535;

const lookInterval = 2;
const looks = 250;

/**
 * Resolves when the terminal has the size: what is typed afterwards meets it. Where that cannot be seen (the process has
 * closed its terminal, or is not ours to look at), it resolves when the monitor has had half a second.
 *
 * @throws InvalidArgumentError for what is no size
 * @throws NotFoundError if the monitor is gone
 */
export async function resizeTerminal(folder: ProcessFolder, { width, height }: ConsoleSize): Promise<void> {
  for (const cells of [width, height]) {
    if (Number.isInteger(cells) && cells >= 1 && cells <= maxCells) continue;
    throw new InvalidArgumentError(`${width} x ${height} is no size of a terminal: give 1 to ${maxCells} cells each`);
  }
  const message = `${height} ${width}`.padStart(messageLength - 1);
  const fifo = openFifo(join(folder.monitorFolder, 'winsz'));
  try {
    writeSync(fifo, `${message}\n`);
  } finally {
    closeSync(fifo);
  }
  for (let look = 0; look < looks; look += 1) {
    const size = sizeOf(folder);
    if (size?.width === width && size.height === height) return;
    await delay(lookInterval);
  }
}

/** The size of the terminal that is the process's stdin. */
function sizeOf(folder: ProcessFolder): ConsoleSize | undefined {
  const pid = parsePid(readIfThere(folder.pidFile) ?? '');
  let descriptor: number;
  try {
    descriptor = openSync(`/proc/${pid}/fd/0`, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  if (!isatty(descriptor)) {
    closeSync(descriptor);
    return undefined;
  }
  const terminal = new WriteStream(descriptor);
  const [width, height] = terminal.getWindowSize();
  terminal.destroy();
  return { width, height };
}

function openFifo(path: string): number {
  try {
    // Without NONBLOCK, one that nobody reads any more would hang us here.
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ENXIO' && systemCodeOf(cause) !== 'ENOENT') throw cause;
    throw new NotFoundError('the terminal is gone, and its process with it', { cause });
  }
}
