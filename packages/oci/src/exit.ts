/**
 * How a process ended, from what its monitor wrote. Nothing is made up (P4):
 *
 *  X1  The exit file is the exit: its status, its modification time.
 *  X2  Only when the monitor and the process are both gone, and the exit file is still not there, is the exit lost:
 *      unknown, at the time when that was first noticed. The file `lost` keeps that time, for all who ask.
 */
import { statSync, writeFileSync } from 'node:fs';
import {
  type Exit,
  NotFoundError,
  type ProcessIdentity,
  SystemClock,
  timestampFromNanos,
  unknownExitStatus,
} from '@shiplog/core';
import { isAlive, isOfThisBoot, mayBeAlive } from './host-process.js';
import type { ProcessFolder } from './layout.js';
import { parseExitStatus } from './parse.js';
import type { ProcessRecord } from './record.js';
import { isMissing, readIfThere, systemCodeOf } from './small-file.js';
import { untilFound } from './until-found.js';

/** The exit, if it has ended; there is none before the launch has come to its end. */
export function exitOf(folder: ProcessFolder, record: ProcessRecord): Exit | undefined {
  if (record.phase === 'added' || record.phase === 'launching') return undefined;
  const written = writtenExit(folder, record);
  if (written || isAlive(record.monitor) || isAlive(record.process)) return written;
  // The monitor may have written it between our look at the file and our look at the monitor.
  return writtenExit(folder, record) ?? lostExit(folder, record);
}

function writtenExit(folder: ProcessFolder, { process }: ProcessRecord): Exit | undefined {
  const text = readIfThere(folder.exitFile);
  if (text === undefined) return undefined;
  const status = parseExitStatus(text);
  return {
    pid: process?.pid ?? 0,
    status: status ?? unknownExitStatus,
    timestamp: modifiedAt(folder.exitFile),
    certainty: status === undefined ? 'unknown' : 'observed',
    ...(status === undefined && { evidence: `the monitor did not learn it: it wrote ${JSON.stringify(text)}` }),
    ...(isOomKilled(folder) && { oomKilled: true }),
  };
}

function lostExit(folder: ProcessFolder, { process, monitor }: ProcessRecord): Exit {
  try {
    writeFileSync(folder.lostFile, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (isMissing(error)) throw new NotFoundError(`${folder.path} is not there any more`, { cause: error });
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
  return {
    pid: process?.pid ?? 0,
    status: unknownExitStatus,
    timestamp: modifiedAt(folder.lostFile),
    certainty: 'unknown',
    evidence: whyLost(monitor, process),
    ...(isOomKilled(folder) && { oomKilled: true }),
  };
}

function whyLost(monitor: ProcessIdentity | null, process: ProcessIdentity | null): string {
  const known = monitor ?? process;
  if (known && !isOfThisBoot(known))
    return 'the machine was started again before its monitor had written an exit status';
  return `its monitor (conmon${monitor ? `, pid ${monitor.pid}` : ''}) was gone before it had written an exit status`;
}

const clock = new SystemClock();

/** The exit of what never ran, where a call must return one. */
export function neverRan(evidence: string): Exit {
  return { pid: 0, status: unknownExitStatus, timestamp: clock.now(), certainty: 'unknown', evidence };
}

function modifiedAt(path: string): Exit['timestamp'] {
  return timestampFromNanos(statSync(path, { bigint: true }).mtimeNs);
}

/** Whether the monitor has noticed that the kernel killed for want of memory, in whichever of the task's processes. */
export function isOomKilled(folder: ProcessFolder): boolean {
  return isThere(folder.oomFile);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Milliseconds between two looks for what has no event: a monitor that was killed. */
const lookInterval = 1000;

/** A pid is cheap to ask for. That nobody else has got it by now costs more: with a thousand tasks, some of a core. */
const glancesUntilSure = 10;

/** While its monitor lives, whatever happens to a process has an event: one file tells that nothing else has. */
export class WatchedProcess {
  readonly #folder: ProcessFolder;
  readonly #read: () => ProcessRecord;
  #monitor: ProcessIdentity | null = null;
  #glances = 0;

  /** @param read its record, as it is then; what it throws ends the waiting */
  constructor(folder: ProcessFolder, read: () => ProcessRecord) {
    this.#folder = folder;
    this.#read = read;
  }

  /**
   * Resolves when there is an exit: at once, when the monitor writes in the exit folder, or soon after the monitor is gone.
   */
  exit(signal?: AbortSignal): Promise<Exit> {
    const file = this.#folder.exitFile;
    const look = () => this.#exit();
    return untilFound({ file, look, lookInterval, isUnchanged: this.#isUnchanged, signal, what: 'the process ended' });
  }

  /** As `waitForOom`. */
  oom(signal?: AbortSignal): Promise<boolean> {
    return waitForOom(this.#folder, () => this.#exit() !== undefined, signal, this.#isUnchanged);
  }

  #exit(): Exit | undefined {
    const record = this.#read();
    this.#monitor = record.monitor;
    return exitOf(this.#folder, record);
  }

  readonly #isUnchanged = (): boolean => {
    this.#glances += 1;
    return this.#glances % glancesUntilSure === 0 ? isAlive(this.#monitor) : mayBeAlive(this.#monitor);
  };
}

/**
 * Resolves with true as soon as the monitor notices, and with false soon after the end of a process in which it did not.
 *
 * @param isUnchanged as of any search
 */
export function waitForOom(
  folder: ProcessFolder,
  hasEnded: () => boolean,
  signal?: AbortSignal,
  isUnchanged?: () => boolean,
): Promise<boolean> {
  const look = (): boolean | undefined => (isOomKilled(folder) ? true : hasEnded() ? false : undefined);
  const what = 'anything was killed or had ended';
  return untilFound({ file: folder.oomFile, look, lookInterval, ...(isUnchanged && { isUnchanged }), signal, what });
}
