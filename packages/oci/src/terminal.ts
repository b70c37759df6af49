/** The size of a process's terminal. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsoleSize, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import type { ProcessFolder } from './layout.js';
import { systemCodeOf } from './small-file.js';

/**
 * conmon takes 199 bytes from its fifo at a time. Up to version 2.1 it goes wrong on two sizes in one read: it sets the
 * first one twice. So each is made as long as a read. That is also why they are not sent through `ctl`, from which
 * conmon hands them on in its own, short form.
 */
const messageLength = 199;

const maxCells = 65_535;

/**
 * Resolves when the monitor has it in its fifo; it does what it finds there in order.
 *
 * @throws InvalidArgumentError for what is no size
 * @throws NotFoundError if the monitor is gone
 */
export function resizeTerminal(folder: ProcessFolder, { width, height }: ConsoleSize): void {
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
