import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessState, Status } from '@shiplog/core';
import { runtimeArgs } from './args.js';
import { queryRuntime, runtimeLine } from './backend.js';
import { freezingOf } from './cgroup.js';
import type { TaskLayout } from './layout.js';
import { type OciState, parseState } from './parse.js';
import { type ProcessRecord, writeRecord } from './record.js';
import { systemCodeOf } from './small-file.js';

const freezingStatus = { thawed: 'running', freezing: 'pausing', frozen: 'paused' } as const;

/**
 * The status of a process that was started and has not ended, as the kernel has it, whatever became of the command that
 * froze or thawed it. `pausing` passes by itself: once told to, the kernel freezes on without anybody's help.
 */
export function runningStatus(pid: number): 'running' | 'pausing' | 'paused' {
  return freezingStatus[freezingOf(pid)];
}

/** Milliseconds between two looks whether the kernel holds a task still. */
const freezingInterval = 5;

/** A state in which the kernel is not at a pause; it needs nobody for that. */
export async function atRest(
  look: () => Promise<ProcessState>,
  signal: AbortSignal | undefined,
): Promise<ProcessState> {
  for (;;) {
    const state = await look();
    if (state.status !== 'pausing' || signal?.aborted) return state;
    await delay(freezingInterval);
  }
}

/**
 * The status of a task without an exit. Only where nobody lived to record its start is the runtime asked; `stopped` is
 * then its word, and the exit is about to come.
 */
export async function statusOf(
  layout: TaskLayout,
  record: ProcessRecord,
  signal: AbortSignal | undefined,
): Promise<Exclude<Status, 'deleted'>> {
  // A restore that is under way has not come to its end.
  if (record.restore && record.phase !== 'started') return 'created';
  if (record.phase !== 'started') {
    const { status } = await containerState(layout, record, signal);
    if (status === 'created' || status === 'creating') return 'created';
    if (status === 'stopped') return 'stopped';
    writeRecord(layout.process.record, { ...record, phase: 'started' });
  }
  return runningStatus(record.process?.pid ?? 0);
}

/** Both runc and crun let a container's first process wait for its start at a fifo of this name. */
const startFifo = 'exec.fifo';
/** Milliseconds between two looks whether the first process has read what its start wrote, and their number. */
const startInterval = 5;
const startLooks = 20;

/**
 * What the runtime says of a container, and the kernel where a `start` that was killed on its way left the runtime
 * wrong. The first process holds the fifo open until it is started; the file itself, which runtimes go by, is removed
 * later (runc: a running container seems to be created) or earlier (crun: a created one seems to run).
 */
export async function containerState(
  layout: TaskLayout,
  record: Pick<ProcessRecord, 'binary' | 'systemdCgroup'>,
  signal: AbortSignal | undefined,
): Promise<OciState> {
  const line = runtimeLine(layout, record);
  const action = `find out the state of task ${layout.id}`;
  const state = parseState(await queryRuntime({ action, line, args: runtimeArgs.state(line, layout.id), signal }));
  const { pid, status } = state;
  if (status === 'created') {
    const worksByFifo = existsSync(join(layout.runtimeRoot, layout.id, startFifo));
    return worksByFifo && waitsAtFifo(pid) === false ? { pid, status: 'running' } : state;
  }
  if (status !== 'running') return state;
  for (let look = 0; waitsAtFifo(pid); look++) {
    if (look === startLooks) return { pid, status: 'created' };
    await delay(startInterval);
  }
  return state;
}

/** Whether a container's first process waits for its start. Undefined where it may not be looked at, as without root before it is started: then the runtime's word counts. */
export function waitsAtFifo(pid: number): boolean | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => isStartFifo(join(folder, fd)));
  } catch (error) {
    return systemCodeOf(error) === 'EACCES' ? undefined : false; // it has ended
  }
}

function isStartFifo(descriptor: string): boolean {
  try {
    // The kernel says so of a file that was removed.
    return basename(readlinkSync(descriptor).replace(/ \(deleted\)$/, '')) === startFifo;
  } catch {
    return false; // closed in between
  }
}
