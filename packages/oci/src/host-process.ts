/** Processes of the host, told apart from later ones with the same pid. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ProcessIdentity, ProcFsProcessTable, readStartTime } from '@shiplog/core';
import { parsePid } from './parse.js';
import { readIfThere, systemCodeOf } from './small-file.js';

const processes = new ProcFsProcessTable();

/** This process. */
export function ourselves(): ProcessIdentity {
  return processes.self();
}

/** Of a process that runs; null if there is none. */
export function identify(pid: number | undefined): ProcessIdentity | null {
  const startTime = pid === undefined ? undefined : readStartTime(pid);
  return pid === undefined || startTime === undefined ? null : { pid, startTime, bootId: processes.self().bootId };
}

/** Of a process that ran a moment ago and may have ended since; no process of now or later is taken for it then. */
export function identityOf(pid: number): ProcessIdentity {
  return identify(pid) ?? { pid, startTime: 0, bootId: processes.self().bootId };
}

/** False if the machine was started again since. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.bootId === processes.self().bootId;
}

export function isAlive(identity: ProcessIdentity | null): boolean {
  return identity !== null && processes.isAlive(identity);
}

/** False if it is gone; true of whoever has its pid. */
export function mayBeAlive(identity: ProcessIdentity | null): boolean {
  if (identity === null) return false;
  try {
    return process.kill(identity.pid, 0);
  } catch (error) {
    return systemCodeOf(error) !== 'ESRCH';
  }
}

/**
 * Of the process whose pid was written in a file, by now perhaps long ago and before a restart of the machine. Whoever
 * has the pid today is that process if the monitor that made it is its parent, or if it is no younger than the file;
 * otherwise the process is gone.
 */
export function identityInFile(pid: number, path: string, monitor: ProcessIdentity | null): ProcessIdentity {
  const found = identify(pid);
  if (found && isAlive(monitor) && parentOf(pid) === monitor?.pid) return found;
  const { writtenAt, bootedAt } = { writtenAt: statSync(path).mtimeMs, bootedAt: bootTime() };
  if (found && bootedAt + found.startTime * tick <= writtenAt + clockSlack) return found;
  const isOfThisBoot = writtenAt + clockSlack >= bootedAt;
  return { pid, startTime: 0, bootId: isOfThisBoot ? processes.self().bootId : '' };
}

/** A moment that no setting of the clock moves. */
export interface BootTime {
  /** Since boot. */
  readonly ticks: number;
  readonly bootId: string;
}

export function bootTimeNow(): BootTime {
  return { ticks: Math.floor(uptime() / tick), bootId: processes.self().bootId };
}

/** Milliseconds; endless where the machine was started again since. */
export function millisSince({ ticks, bootId }: BootTime): number {
  return bootId === processes.self().bootId ? uptime() - ticks * tick : Number.POSITIVE_INFINITY;
}

/**
 * Of the process with that pid that a launch made. Whoever has the pid today is that process if the monitor that made it is its
 * parent, or if it began in the time that a launch may take; otherwise the process is gone.
 *
 * @param limit milliseconds
 */
export function identityLaunched(
  pid: number,
  begun: BootTime,
  limit: number,
  monitor: ProcessIdentity | null,
): ProcessIdentity {
  const found = identify(pid);
  if (found && isAlive(monitor) && parentOf(pid) === monitor?.pid) return found;
  const after = found ? (found.startTime - begun.ticks) * tick : Number.NaN;
  const isIts = begun.bootId === found?.bootId && after >= -clockSlack && after <= limit + clockSlack;
  return found && isIts ? found : { pid, startTime: 0, bootId: begun.bootId };
}

/** Milliseconds of a clock tick in /proc, on every Linux that Node.js runs on. */
const tick = 10;
/** Milliseconds by which the kernel's times of files and of processes may be apart. */
const clockSlack = 1000;

/** Milliseconds since the epoch. */
function bootTime(): number {
  return Date.now() - uptime();
}

/** Milliseconds since boot. */
function uptime(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
}

function parentOf(pid: number): number | undefined {
  return parsePid(/^PPid:\s*(\d+)$/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1] ?? '');
}

/** The kernel's PF_EXITING, among the flags that /proc/PID/stat tells. */
const exiting = 0x4;

/** Whether its first thread is on its way out, or dead: it leaves its cgroups on that way, before it is a zombie. */
export function isEnding({ pid }: ProcessIdentity): boolean {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const [, , , , , , flags] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return flags === undefined || (Number(flags) & exiting) !== 0;
}

/** Whether its first thread has ended while others live on: to an OCI runtime it is dead. */
export function isLeaderless({ pid }: ProcessIdentity): boolean {
  const status = readIfThere(`/proc/${pid}/status`) ?? '';
  return /^State:\s*Z/m.test(status) && !/^Threads:\s*[01]$/m.test(status);
}

/**
 * Those whose command line fits; for what no pid file tells. Reads all of /proc.
 *
 * @param folder that the command line speaks of. A process in a container may speak of one by the same name, which is
 * another; only those count to which it is this one.
 */
export function findProcesses(fits: (args: readonly string[]) => boolean, folder?: string): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = parsePid(entry);
    if (pid === undefined || pid === process.pid || !fits(argumentsOf(pid))) continue;
    if (folder !== undefined && !isSameTo(pid, folder)) continue;
    const identity = identify(pid);
    if (identity) found.push(identity);
  }
  return found;
}

/** By the nearest folder above that is there: the one itself may be gone. */
function isSameTo(pid: number, folder: string): boolean {
  const ours = statSync(folder, { throwIfNoEntry: false });
  if (!ours) return isSameTo(pid, dirname(folder));
  try {
    const theirs = statSync(`/proc/${pid}/root${folder}`, { throwIfNoEntry: false });
    return theirs !== undefined && theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return true; // Whoever may not look there may do nothing to it, either.
  }
}

export function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}

/** A process that is gone is dead already. */
export function killQuietly(pid: number, signal: number | NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error;
  }
}
