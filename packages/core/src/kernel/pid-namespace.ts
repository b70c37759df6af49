/**
 * Pids mean something in one pid namespace alone: from another one, a process that lives cannot be told from one that is
 * gone.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { FailedPreconditionError } from './errors.js';
import { bootId, readStartTime } from './process-identity.js';

/** Numbers of namespaces are given anew, to later ones of the same boot too; with the start of its first process, one is itself. */
export interface PidNamespace {
  /** As the kernel names it: `pid:[4026531836]`. */
  readonly name: string;
  /** Of its first process, in clock ticks since boot; 0 where that may not be seen. */
  readonly startTime: number;
  readonly bootId: string;
}

/** The one that the kernel begins with: it sees every process, and ends with the machine. The number is the same everywhere. */
const initial = 'pid:[4026531836]';

/**
 * The one that this process is in.
 *
 * @throws FailedPreconditionError if /proc tells of another one
 */
export function ownPidNamespace(): PidNamespace {
  if (readlinkSync('/proc/self') !== String(process.pid)) {
    throw new FailedPreconditionError(
      '/proc is of another pid namespace, so processes cannot be told apart: mount it anew (unshare --mount-proc)',
    );
  }
  return { name: readlinkSync('/proc/self/ns/pid'), startTime: readStartTime(1) ?? 0, bootId: bootId() };
}

export function isSameNamespace(one: PidNamespace, other: PidNamespace): boolean {
  return one.name === other.name && one.startTime === other.startTime && one.bootId === other.bootId;
}

/** Whether another namespace may still have processes. From one that is not the initial one, it often cannot be told. */
export function mayHaveProcesses(other: PidNamespace, own: PidNamespace): boolean {
  // Its number is ours now, so that it is over.
  if (other.bootId !== own.bootId || other.name === own.name) return false;
  return own.name !== initial || firstProcesses(other.name).some((startTime) => startTime === other.startTime);
}

/** When the first processes of the namespaces of that name that are seen from here began. */
function firstProcesses(name: string): readonly number[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/pid`) !== name) return [];
      const inside = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
      return inside === '1' ? (readStartTime(Number(pid)) ?? []) : [];
    } catch {
      return []; // it has ended, or is somebody's whose state folders we may not use
    }
  });
}
