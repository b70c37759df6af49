/** Removes a task and everything of it on the host. Each step may be done again: a delete that was cut short is called anew. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertNoLink, type Exit, FailedPreconditionError, TaskNotFoundError } from '@shiplog/core';
import { runtimeArgs } from './args.js';
import { type Backend, callRuntime, runtimeLine } from './backend.js';
import { removeCgroup } from './cgroup.js';
import { sweepRemoved } from './claim.js';
import { abandonTask, removeFolders } from './create-task.js';
import { exitOf, neverRan, WatchedProcess } from './exit.js';
import { isAlive, killQuietly } from './host-process.js';
import type { TaskLayout } from './layout.js';
import { statusOf } from './liveness.js';
import { killMonitors } from './monitor.js';
import type { ProcessRecord } from './record.js';
import { removeContainer } from './restore-task.js';
import { lostTaskRecord, settledTask } from './settle.js';

/**
 * @throws NotFoundError if there is no such task, nor anything left of one
 * @throws FailedPreconditionError if it runs, or a link is in the place of a folder of ours: it is not followed
 */
export async function deleteTask(backend: Backend, layout: TaskLayout, signal: AbortSignal | undefined): Promise<Exit> {
  const { process: folder, runtimeRoot } = layout;
  // What our caller has made is his to look at.
  const own = [dirname(runtimeRoot), runtimeRoot, join(runtimeRoot, layout.id), folder.path, layout.execsDir];
  for (const path of own) assertNoLink(path);
  const record = await settledTask(backend, layout, signal);
  if (!record && !existsSync(folder.path)) {
    sweepRemoved(layout.bundle);
    await removeStrays(backend, layout);
    throw new TaskNotFoundError(layout.id);
  }
  if (!record || record.phase === 'launching') {
    await abandonTask(layout, record ?? lostTaskRecord(backend, layout));
    return neverRan('it was never created');
  }
  if (record.phase === 'added') {
    removeFolders(layout);
    return neverRan('it was never restored');
  }
  const exit = exitOf(folder, record) ?? (await endUnstarted(layout, record, signal));
  await deleteContainer(layout, record, signal);
  removeFolders(layout);
  return exit;
}

/** What is there although nobody has kept a record of it: after a state folder was lost, or a delete that was cut short. */
async function removeStrays(backend: Backend, layout: TaskLayout): Promise<void> {
  await killMonitors(layout.bundle);
  const record = lostTaskRecord(backend, layout);
  if (existsSync(join(layout.runtimeRoot, layout.id))) await removeContainer(layout, record);
  else if (record.ownCgroup !== null) await removeCgroup(record.ownCgroup);
}

/** Its monitor tells the exit of a task that was never started, too. (`delete --force` takes runc 100 ms.) */
async function endUnstarted(layout: TaskLayout, record: ProcessRecord, signal: AbortSignal | undefined): Promise<Exit> {
  const { process: folder, id } = layout;
  const status = await statusOf(layout, record, signal);
  if (status !== 'created' && status !== 'stopped') {
    throw new FailedPreconditionError(`cannot delete task ${id}: it is ${status}; kill it and wait for its end first`, {
      details: { task: id, status },
    });
  }
  if (status === 'created' && record.process && isAlive(record.process)) killQuietly(record.process.pid);
  return new WatchedProcess(folder, () => record).exit(signal);
}

/** `delete` refuses a container that it does not know (any more); with `--force` that is no error. */
async function deleteContainer(
  layout: TaskLayout,
  record: ProcessRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const line = runtimeLine(layout, record);
  const action = `delete task ${layout.id}`;
  try {
    await callRuntime({ action, line, args: runtimeArgs.delete(line, layout.id, false), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    await callRuntime({ action, line, args: runtimeArgs.delete(line, layout.id, true), signal });
    if (record.ownCgroup !== null) await removeCgroup(record.ownCgroup);
    return;
  }
  // CRIU makes it in every hierarchy, also in those that the runtime does not use.
  if (record.restore && record.ownCgroup !== null) await removeCgroup(record.ownCgroup);
}
