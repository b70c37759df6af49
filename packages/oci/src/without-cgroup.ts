/**
 * The processes of a task that has no cgroup to tell them by: one of a user who is not root. Its pid namespace tells
 * them as well, where it has one for itself.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { FailedPreconditionError } from '@shiplog/core';
import { mayMakeCgroups } from './cgroup.js';
import { parsePid } from './parse.js';
import type { ProcessRecord } from './record.js';
import { readIfThere, systemCodeOf } from './small-file.js';

export function hasNoCgroup({ systemdCgroup }: Pick<ProcessRecord, 'systemdCgroup'>): boolean {
  return !mayMakeCgroups(systemdCgroup);
}

/** @throws FailedPreconditionError if the task has none */
export function assertCgroup(record: ProcessRecord, id: string, verb: string): void {
  if (!hasNoCgroup(record)) return;
  throw new FailedPreconditionError(
    `cannot ${verb} task ${id}: a task of a user who is not root has no cgroup here; run as root, or let systemd make cgroups (--cgroup-manager systemd)`,
    { details: { task: id } },
  );
}

/** The first process, and all others where it is the first of its namespace: a namespace that is shared tells nothing. */
export function processesLike(first: number): readonly number[] {
  const namespace = pidNamespaceOf(first);
  const isItsFirst = /^NSpid:.*\s1$/m.test(readIfThere(`/proc/${first}/status`) ?? '');
  if (namespace === undefined || !isItsFirst) return [first];
  return readdirSync('/proc')
    .map((name) => parsePid(name))
    .filter((pid) => pid !== undefined)
    .filter((pid) => pid === first || pidNamespaceOf(pid) === namespace);
}

/** What has ended in the meantime has got what it was to get. */
export function signalAll(first: number, signal: number): void {
  for (const pid of processesLike(first)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (systemCodeOf(error) !== 'ESRCH') throw error;
    }
  }
}

function pidNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // it has ended, or is somebody else's
  }
}
