/**
 * How processes ended. The first of us to learn it writes it down, once and for all (P4): whoever asks later, and when the
 * shim is long gone, hears the same.
 */
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import type { Timestamp as ProtoTimestamp } from '@bufbuild/protobuf/wkt';
import { type Exit, SystemClock, timestampFromNanos, unknownExitStatus } from '@shiplog/core';
import { isOomKilled, type ProcessFolder } from '@shiplog/oci';
import { exitFileOf } from './layout.js';
import { readExit } from './record.js';

const clock = new SystemClock();

export function exitOf(folder: ProcessFolder): Exit | undefined {
  return readExit(exitFileOf(folder));
}

/** What is known from now on: what was written before, or else this. */
export function recordExit(task: ProcessFolder, folder: ProcessFolder, exit: Exit): Exit {
  const path = exitFileOf(folder);
  const draft = `${path}.${process.pid}`;
  const complete = isOomKilled(task) ? { ...exit, oomKilled: true } : exit;
  try {
    writeFileSync(draft, JSON.stringify(complete), { mode: 0o600, flush: true });
    linkSync(draft, path);
    return complete;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return exitOf(folder) ?? complete;
    // Its task was deleted meanwhile; it is told all the same.
    if (code === 'ENOENT') return complete;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

export interface SaidExit {
  readonly exitStatus: number;
  readonly exitedAt?: ProtoTimestamp | undefined;
}

export function observedExit(pid: number, { exitStatus, exitedAt }: SaidExit): Exit {
  return { pid, status: exitStatus & 0xff, timestamp: timestampOf(exitedAt), certainty: 'observed' };
}

/** From what a shim's `delete` command said. */
export function inferredExit(pid: number, { exitStatus, exitedAt }: SaidExit, evidence: string): Exit {
  return { pid, status: exitStatus & 0xff, timestamp: timestampOf(exitedAt), certainty: 'inferred', evidence };
}

export function unknownExit(pid: number, evidence: string): Exit {
  return { pid, status: unknownExitStatus, timestamp: clock.now(), certainty: 'unknown', evidence };
}

function timestampOf(said: ProtoTimestamp | undefined): Exit['timestamp'] {
  // Go's zero time is long before 1970.
  if (!said || said.seconds <= 0n) return clock.now();
  return timestampFromNanos(said.seconds * 1_000_000_000n + BigInt(said.nanos));
}
