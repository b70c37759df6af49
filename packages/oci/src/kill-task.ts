/** Signals a task's first process, or all of its processes; and what runtimes leave to be done about it. */
import { ProcessFinishedError } from '@shiplog/core';
import { runtimeArgs } from './args.js';
import { callRuntime, runtimeLine } from './backend.js';
import { isAlive, isLeaderless, killQuietly } from './host-process.js';
import type { TaskLayout } from './layout.js';
import { runningStatus } from './liveness.js';
import { isRefusal } from './oci-error.js';
import type { ProcessRecord } from './record.js';
import { SIGKILL } from './signals.js';
import { hasNoCgroup, signalAll } from './without-cgroup.js';

export interface Kill {
  readonly signal: number;
  /** Every process of the task, and not only its first. */
  readonly all: boolean;
}

/** @throws NotFoundError if the first process has ended */
export async function killTask(
  layout: TaskLayout,
  record: ProcessRecord,
  { signal, all }: Kill,
  given: AbortSignal | undefined,
): Promise<void> {
  const { process } = record;
  if (all && process && hasNoCgroup(record) && isAlive(process)) return signalAll(process.pid, signal);
  const line = runtimeLine(layout, record);
  const action = `kill task ${layout.id}`;
  try {
    await callRuntime({ action, line, args: runtimeArgs.kill(line, layout.id, signal, all), signal: given });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (!process || !isAlive(process)) throw finished(layout);
    // A runtime takes it for dead, and does not signal it.
    if (!isLeaderless(process)) throw error;
    killQuietly(process.pid, signal);
  }
  if (signal === SIGKILL) await thaw(layout, record, given);
}

function finished({ id }: TaskLayout): ProcessFinishedError {
  return new ProcessFinishedError(id, '');
}

/** What is frozen dies when it is thawed. runc sees to that itself, crun does not; or somebody else just did. */
async function thaw(layout: TaskLayout, record: ProcessRecord, given: AbortSignal | undefined): Promise<void> {
  const isFrozen = (): boolean => isAlive(record.process) && runningStatus(record.process?.pid ?? 0) !== 'running';
  if (!isFrozen()) return;
  const line = runtimeLine(layout, record);
  const action = `resume task ${layout.id}`;
  try {
    await callRuntime({ action, line, args: runtimeArgs.resume(line, layout.id), signal: given });
  } catch (error) {
    if (isFrozen()) throw error;
  }
}
