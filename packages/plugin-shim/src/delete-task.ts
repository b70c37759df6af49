/** Removes a task and everything of it on the host. Each step may be done again: a delete that was cut short is called anew. */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Exit, errorCodeOf, FailedPreconditionError, parseTaskId, TaskNotFoundError } from '@shiplog/core';
import { identifiersIn, type TaskLayout, taskLayout } from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { abandonTask, removeTraces } from './create-task.js';
import { unknownExit } from './exits.js';
import { askState, awaitExit } from './process-state.js';
import { pidOf, readTaskRecord, type TaskRecord } from './record.js';
import { settledTask } from './settle.js';
import { callShim, ShimGoneError } from './shim-call.js';
import { outputEnd } from './shim-process.js';
import { killShims } from './start-shim.js';

/** @throws FailedPreconditionError if it runs */
export async function deleteTask(
  backend: ShimBackend,
  layout: TaskLayout,
  signal: AbortSignal | undefined,
): Promise<Exit> {
  const record = await settledTask(backend, layout, signal);
  if (!record) throw new TaskNotFoundError(layout.id);
  if (record.phase === 'launching') {
    await abandonTask(backend, layout, record);
    throw new TaskNotFoundError(layout.id);
  }
  const exit = await exitFor(backend, layout, record, signal);
  await outputEnd(layout.process, { io: record.io, pid: record.shim.pid });
  await letGo(backend, layout, record);
  await removeTraces(layout, record);
  return exit;
}

async function exitFor(
  backend: ShimBackend,
  layout: TaskLayout,
  task: TaskRecord,
  signal: AbortSignal | undefined,
): Promise<Exit> {
  const { id, process: folder } = layout;
  const asked = { backend, layout, task, folder, execId: '', signal };
  const { status, exit } = await askState(asked).catch((error: unknown) => {
    // A shim that lives on and does not know the task has nothing of it any more.
    if (errorCodeOf(error) !== 'not-found') throw error;
    return { status: 'stopped' as const, exit: unknownExit(pidOf(task), 'its shim no longer knows the process') };
  });
  if (exit) return exit;
  if (status !== 'created') {
    throw new FailedPreconditionError(`cannot delete task ${id}: it is ${status}; kill it and wait for its end first`, {
      details: { task: id, status },
    });
  }
  if (task.process === null) return unknownExit(0, 'it was never started');
  await callShim({
    ...{ backend, layout, shim: task.shim, action: `end task ${id}`, kind: 'change', signal },
    call: (api, options) => api.kill({ id, signal: 9, all: true }, options),
  });
  return awaitExit(asked, () => pidOf(task));
}

/** Milliseconds that a shim has to end itself. */
const endLimit = 3000;

/** The shim forgets the task, and ends, unless it has others. */
async function letGo(backend: ShimBackend, layout: TaskLayout, { shim }: TaskRecord): Promise<void> {
  const { id } = layout;
  const place = { backend, layout, shim, kind: 'change', signal: undefined } as const;
  try {
    await callShim({
      ...place,
      action: `delete task ${id}`,
      call: (api, options) => api.delete({ id }, options),
    }).catch((error: unknown) => {
      if (errorCodeOf(error) !== 'not-found') throw error;
    });
    if (shim.binary === '' || (shim.isShared && isInUse(backend, layout, shim.address))) return;
    const { closed } = await backend.connections.client(shim.address);
    await callShim({
      ...place,
      action: `shut down the shim of task ${id}`,
      call: (api, options) => api.shutdown({ id, now: true }, options),
    });
    await Promise.race([closed, delay(endLimit, undefined, { ref: false })]);
  } catch (error) {
    if (!(error instanceof ShimGoneError)) throw error;
  }
  if (!shim.isShared) killShims(backend, layout);
}

/** Whether another task of the namespace has the same shim. */
function isInUse(backend: ShimBackend, layout: TaskLayout, address: string): boolean {
  return identifiersIn(join(backend.stateDir, layout.namespace), parseTaskId).some((id) => {
    if (id === layout.id) return false;
    const other = taskLayout(backend, layout.namespace, id);
    try {
      return readTaskRecord(other.process.record)?.shim.address === address;
    } catch {
      return true;
    }
  });
}
