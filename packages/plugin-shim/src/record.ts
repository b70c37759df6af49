/**
 * What is kept of a task, or of an exec, in its process folder, so that any process of ours goes on with it (P7):
 *
 *     record.json   what was asked for, which shim has it, and how far we have come
 *     exit.json     how it ended, as the first of us learned it; from then on the shim is not asked
 *     oom           there if the shim has said that the kernel killed for want of memory
 */
import { type Exit, type ProcessIdentity, parseTimestamp, type Stdio } from '@shiplog/core';
import { DamagedRecordError, readIfThere, replaceFile } from '@shiplog/oci';
import * as v from 'valibot';

const identity = v.object({ pid: v.number(), startTime: v.number(), bootId: v.string() });
const stdio = v.object({ stdin: v.string(), stdout: v.string(), stderr: v.string(), terminal: v.boolean() });

const shimSchema = v.object({
  /** As it was asked for: an ID, or the path of a shim. */
  runtime: v.string(),
  /** Absolute; empty for a server that somebody else runs. */
  binary: v.string(),
  /** Empty before its start has told it. */
  address: v.string(),
  /** Of the Task API. */
  version: v.picklist([2, 3]),
  protocol: v.string(),
  /** Of the shim; 0 where it did not say. */
  pid: v.number(),
  /** It may have tasks beside this one. */
  isShared: v.boolean(),
});

/** `added` is an exec's; `launching` has begun, and its outcome is not written down. */
const phases = ['added', 'launching', 'created', 'started'] as const;

const taskSchema = v.object({
  version: v.literal(1),
  io: stdio,
  phase: v.picklist(phases),
  /** Who is at it while `launching`. */
  launcher: v.nullable(identity),
  /** Once there is one. */
  process: v.nullable(identity),
  shim: shimSchema,
  /** The cgroup that we chose, and so may remove. */
  ownCgroup: v.nullable(v.string()),
});

const execSchema = v.omit(taskSchema, ['shim', 'ownCgroup']);

export type ShimRef = v.InferOutput<typeof shimSchema>;

interface Common {
  readonly version: 1;
  readonly io: Stdio;
  readonly phase: (typeof phases)[number];
  readonly launcher: ProcessIdentity | null;
  readonly process: ProcessIdentity | null;
}

export type ExecRecord = Common;

/** Of the process, in the host's pid namespace; 0 before there is one. */
export function pidOf(record: Common): number {
  return record.process?.pid ?? 0;
}

export interface TaskRecord extends Common {
  readonly shim: Readonly<ShimRef>;
  readonly ownCgroup: string | null;
}

const exitSchema = v.object({
  pid: v.number(),
  status: v.number(),
  timestamp: v.pipe(v.string(), v.transform(parseTimestamp)),
  certainty: v.picklist(['observed', 'inferred', 'unknown']),
  evidence: v.optional(v.string()),
  oomKilled: v.optional(v.boolean()),
});

/** undefined if there is none. @throws DamagedRecordError */
export function readTaskRecord(path: string): TaskRecord | undefined {
  return read(path, taskSchema);
}

export function readExecRecord(path: string): ExecRecord | undefined {
  return read(path, execSchema);
}

export function readExit(path: string): Exit | undefined {
  return read(path, exitSchema) as Exit | undefined;
}

function read<T>(path: string, schema: v.GenericSchema<unknown, T>): T | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new DamagedRecordError(path, { cause });
  }
}

export function writeJson(path: string, value: TaskRecord | ExecRecord | Exit): void {
  replaceFile(path, JSON.stringify(value));
}
