/**
 * What is kept of a process besides conmon's own files, so that it is found again after any crash of ours (P7). It is
 * written before the monitor starts, and again with the identities of whoever runs then. A crash in between loses only
 * start times, which settle.ts finds again.
 */
import { type ProcessIdentity, ShiplogError, type ShiplogErrorOptions, type Stdio } from '@shiplog/core';
import * as v from 'valibot';
import { type BootTime, bootTimeNow, ourselves } from './host-process.js';
import { readIfThere, replaceFile } from './small-file.js';
import { completeStdio } from './stdio.js';

const identity = v.object({ pid: v.number(), startTime: v.number(), bootId: v.string() });
const stdio = v.object({ stdin: v.string(), stdout: v.string(), stderr: v.string(), terminal: v.boolean() });

/**
 * How far we have come, as far as we lived to say so: `added` (an exec, or a task to restore, whose start was not asked
 * for), `launching`
 * (its monitor is being started), `created` (a task that waits for its start), `started`.
 */
const phases = ['added', 'launching', 'created', 'started'] as const;

const recordSchema = v.object({
  version: v.literal(1),
  io: stdio,
  /** The OCI runtime that the task was created with. */
  binary: v.string(),
  systemdCgroup: v.boolean(),
  /** The cgroup that we chose, and so may remove; null where the spec named its own. */
  ownCgroup: v.nullable(v.string()),
  /** The process itself, once it is known. */
  process: v.nullable(identity),
  monitor: v.nullable(identity),
  phase: v.picklist(phases),
  /** Who is at it while `launching`; null once it has given up. */
  launcher: v.nullable(identity),
  /** When its launch began; null before that, and in one that an older version wrote. */
  begun: v.optional(v.nullable(v.object({ ticks: v.number(), bootId: v.string() })), null),
  /** Where the start restores it from, and what its monitor runs in the end; null for all others. */
  restore: v.optional(v.nullable(v.object({ images: v.string(), exitCommand: v.array(v.string()) })), null),
  /** A checkpoint that was begun: where to, whether the task was frozen before, and who is at it. */
  dump: v.optional(v.nullable(v.object({ path: v.string(), wasFrozen: v.boolean(), by: identity })), null),
});

export interface Restore {
  readonly images: string;
  readonly exitCommand: readonly string[];
}

export interface Dump {
  readonly path: string;
  readonly wasFrozen: boolean;
  readonly by: ProcessIdentity;
}

export interface ProcessRecord {
  readonly version: 1;
  readonly io: Stdio;
  readonly binary: string;
  readonly systemdCgroup: boolean;
  readonly ownCgroup: string | null;
  readonly process: ProcessIdentity | null;
  readonly monitor: ProcessIdentity | null;
  readonly phase: (typeof phases)[number];
  readonly launcher: ProcessIdentity | null;
  readonly begun: BootTime | null;
  readonly restore: Restore | null;
  readonly dump: Dump | null;
}

/** What a record says is lost. Settling (settle.ts) asks the machine instead. */
export class DamagedRecordError extends ShiplogError {
  override readonly name = 'DamagedRecordError';
  constructor(path: string, options: Pick<ShiplogErrorOptions, 'cause'>) {
    super('unknown', `${path} is damaged; delete the task to clean up`, { ...options, details: { path } });
  }
}

/** Whose a launch is that begins now. */
export function launchedNow(): Pick<ProcessRecord, 'launcher' | 'begun'> {
  return { launcher: ourselves(), begun: bootTimeNow() };
}

/** What holds of every process whose launch has not begun, or of which no more is known. */
export function blankRecord(
  known: Pick<ProcessRecord, 'binary' | 'systemdCgroup' | 'phase'> & Partial<ProcessRecord>,
): ProcessRecord {
  const unknown = { ownCgroup: null, process: null, monitor: null, launcher: null };
  const none = { begun: null, restore: null, dump: null };
  return { version: 1, io: completeStdio(), ...unknown, ...none, ...known };
}

/**
 * undefined if there is none.
 *
 * @throws DamagedRecordError
 */
export function readRecord(path: string): ProcessRecord | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return v.parse(recordSchema, JSON.parse(text));
  } catch (cause) {
    throw new DamagedRecordError(path, { cause });
  }
}

export function writeRecord(path: string, record: ProcessRecord): void {
  replaceFile(path, JSON.stringify(record));
}
