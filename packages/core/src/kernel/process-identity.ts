import { readFileSync } from 'node:fs';

/**
 * A process, named so that a later one with the same pid is not taken for it: its start time is in clock ticks since
 * boot (field 22 of /proc/PID/stat), and the boot has an ID of its own.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  readonly bootId: string;
}

export interface ProcessTable {
  /** This process. */
  self(): ProcessIdentity;
  /** False once that very process is gone, also when its pid has a new owner or the machine was booted again. */
  isAlive(identity: ProcessIdentity): boolean;
}

/**
 * The start time of a process in clock ticks since boot; undefined if there is none, or only its zombie. A process whose
 * first thread has ended looks like a zombie, and lives for as long as any other thread does.
 */
export function readStartTime(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command name stands in parentheses and may hold anything, so count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads, startTime] = [fields[0], Number(fields[17]), Number(fields[19])];
  return state === 'X' || (state === 'Z' && threads <= 1) ? undefined : startTime;
}

/** Another one after each start of the machine. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

export class ProcFsProcessTable implements ProcessTable {
  #self: ProcessIdentity | undefined;

  self(): ProcessIdentity {
    this.#self ??= {
      pid: process.pid,
      startTime: readStartTime(process.pid) ?? 0,
      bootId: bootId(),
    };
    return this.#self;
  }

  isAlive(identity: ProcessIdentity): boolean {
    return identity.bootId === this.self().bootId && readStartTime(identity.pid) === identity.startTime;
  }
}
