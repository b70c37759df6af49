/**
 * Finds out what became of a launch whose caller did not live to say it (P7): the record still says `launching`, and
 * the machine knows the rest. While the caller lives, it is waited for. A record that is damaged is taken for one of
 * these (P8): what the machine does not know (where the output went) is lost with it.
 */
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { abortError } from '@shiplog/core';
import { type Backend, criuPatience, runtimeLimits } from './backend.js';
import { ownCgroup } from './cgroup.js';
import { settledDump } from './dump.js';
import { type BootTime, identify, identityInFile, identityLaunched, isAlive, millisSince } from './host-process.js';
import type { ProcessFolder, TaskLayout } from './layout.js';
import { containerState } from './liveness.js';
import { findMonitor, killLaunch, type Launched, removeTraces, reportIn } from './monitor.js';
import { isRefusal } from './oci-error.js';
import type { OciState } from './parse.js';
import { blankRecord, DamagedRecordError, type ProcessRecord, readRecord, writeRecord } from './record.js';
import { takeBack } from './restore-task.js';

/** Milliseconds. A runtime takes some ten of them to create a container. */
const lookInterval = 10;

/** The record of a task; undefined if there is none. One that still says `launching` came to nothing. */
export async function settledTask(
  backend: Backend,
  layout: TaskLayout,
  signal: AbortSignal | undefined,
): Promise<ProcessRecord | undefined> {
  const { process: folder } = layout;
  const record = await recordAfterLauncher(folder, lostTaskRecord(backend, layout), signal);
  if (record?.dump) return settledDump(layout, record, () => pause(signal));
  if (record?.phase !== 'launching') return record;
  const { limit } = record.restore ? criuPatience : { limit: runtimeLimits.change };
  const launched = await outcomeOf(folder, record, limit, signal);
  // A container is restored whole, or it is none.
  if (record.restore && !launched) return takeBack(layout, record);
  if (launched && !isAlive(launched.process)) return settle(folder, record, { ...launched, phase: 'started' });
  const state = await stateIfKnown(layout, record, signal);
  if (launched) {
    return settle(folder, record, { ...launched, phase: state?.status === 'created' ? 'created' : 'started' });
  }
  // The report may be lost as well; what has been started was created once.
  const runs = state?.status === 'running' || state?.status === 'paused';
  const process = runs ? identify(state.pid) : null;
  if (!process) return record;
  return settle(folder, record, { process, monitor: findMonitor(folder), phase: 'started' });
}

/** For a task whose record is lost, wholly or in part. */
export function lostTaskRecord(backend: Backend, { namespace, id }: TaskLayout): ProcessRecord {
  const { binary, systemdCgroup, stateDir } = backend;
  // Nobody else's has that name, so it is ours if it is there at all.
  const cgroup = ownCgroup(stateDir, namespace, id, systemdCgroup);
  return blankRecord({ binary, systemdCgroup, ownCgroup: cgroup, phase: 'launching' });
}

/** The record of an exec; undefined if there is none. What came to nothing may be started again. */
export async function settledExec(
  { binary, systemdCgroup }: Backend,
  folder: ProcessFolder,
  signal: AbortSignal | undefined,
): Promise<ProcessRecord | undefined> {
  const lost = blankRecord({ binary, systemdCgroup, phase: 'launching' });
  const record = await recordAfterLauncher(folder, lost, signal);
  if (record?.phase !== 'launching') return record;
  const launched = await outcomeOf(folder, record, runtimeLimits.change, signal);
  if (launched) return settle(folder, record, { ...launched, phase: 'started' });
  removeTraces(folder);
  return settle(folder, record, { phase: 'added' });
}

function settle(folder: ProcessFolder, record: ProcessRecord, found: Partial<ProcessRecord>): ProcessRecord {
  const settled = { ...record, launcher: null, ...found };
  writeRecord(folder.record, settled);
  return settled;
}

/** The record, once nobody is at work on its launch any more. */
async function recordAfterLauncher(
  folder: ProcessFolder,
  lost: ProcessRecord,
  signal: AbortSignal | undefined,
): Promise<ProcessRecord | undefined> {
  for (;;) {
    const record = readUnlessDamaged(folder, lost);
    if (record?.phase !== 'launching' || !isAlive(record.launcher)) return record;
    await pause(signal);
  }
}

function readUnlessDamaged(folder: ProcessFolder, lost: ProcessRecord): ProcessRecord | undefined {
  try {
    return readRecord(folder.record);
  } catch (error) {
    if (error instanceof DamagedRecordError) return lost;
    throw error;
  }
}

/** undefined for a container that the runtime does not know. */
async function stateIfKnown(
  layout: TaskLayout,
  record: ProcessRecord,
  signal: AbortSignal | undefined,
): Promise<OciState | undefined> {
  try {
    return await containerState(layout, record, signal);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/**
 * What the monitor has made, as soon as it tells; undefined if it made nothing, or there is none. One that has told nothing
 * for longer than its launcher would have waited is ended.
 *
 * @param limit milliseconds
 */
async function outcomeOf(
  folder: ProcessFolder,
  { begun }: Pick<ProcessRecord, 'begun'>,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Launched | undefined> {
  const monitor = findMonitor(folder);
  for (;;) {
    // In this order: a monitor that ends has told before.
    const alive = isAlive(monitor);
    const report = reportIn(folder);
    if (report && 'pid' in report) {
      const { pid } = report;
      if (begun) return { monitor, process: identityLaunched(pid, begun, tookAtMost(folder, limit), monitor) };
      return { monitor, process: identityInFile(pid, folder.syncFile, monitor) };
    }
    if (report || !alive) return undefined;
    // A runtime that was killed at the end of its create leaves a container that keeps conmon waiting for ever.
    if (isOverdue(folder, begun, limit)) await killLaunch(folder);
    else await pause(signal);
  }
}

/** Milliseconds that a launch took, from its record to its report; few, so that nobody can have come to the pid meanwhile. */
function tookAtMost({ record, syncFile }: ProcessFolder, limit: number): number {
  const [begun, told] = [record, syncFile].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs);
  return begun === undefined || told === undefined ? limit : Math.min(Math.max(told - begun, 0), limit);
}

/** Where the record has lost it: the monitor's file is as old as the launch, until it tells. */
function isOverdue({ syncFile }: ProcessFolder, begun: BootTime | null, limit: number): boolean {
  if (begun) return millisSince(begun) > limit;
  const made = statSync(syncFile, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && made + limit < Date.now();
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw abortError(signal, 'it was clear what became of the launch');
  await delay(lookInterval);
}
