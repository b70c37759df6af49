/** Finds out what became of a create or a start whose caller did not live to say it (P7). */
import { setTimeout as delay } from 'node:timers/promises';
import { abortError, errorCodeOf } from '@shiplog/core';
import { endKeeper, identityOf, isAlive, type ProcessFolder, type TaskLayout } from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { type ExecRecord, readExecRecord, readTaskRecord, type TaskRecord, writeJson } from './record.js';
import { callShim } from './shim-call.js';

/** Milliseconds. */
const lookInterval = 10;

/** The record of a task; undefined if there is none. One that still says `launching` came to nothing. */
export async function settledTask(
  backend: ShimBackend,
  layout: TaskLayout,
  signal: AbortSignal | undefined,
): Promise<TaskRecord | undefined> {
  const { process: folder } = layout;
  const record = await afterLauncher(() => readTaskRecord(folder.record), signal);
  if (record?.phase !== 'launching' || record.shim.address === '') return record;
  const pid = await pidIfKnown(backend, layout, record, '');
  if (pid === undefined) return record;
  const process = pid === 0 ? null : identityOf(pid);
  const settled: TaskRecord = { ...record, phase: 'created', launcher: null, process };
  writeJson(folder.record, settled);
  return settled;
}

/** The record of an exec; undefined if there is none. What came to nothing may be started again. */
export async function settledExec(
  backend: ShimBackend,
  layout: TaskLayout,
  folder: ProcessFolder,
  execId: string,
  signal: AbortSignal | undefined,
): Promise<ExecRecord | undefined> {
  const record = await afterLauncher(() => readExecRecord(folder.record), signal);
  if (record?.phase !== 'launching') return record;
  const task = readTaskRecord(layout.process.record);
  const pid = task && (await pidIfKnown(backend, layout, task, execId));
  const process = pid ? identityOf(pid) : null;
  const settled: ExecRecord = { ...record, phase: process ? 'started' : 'added', launcher: null, process };
  if (!process) {
    if (task) await forgetExec(backend, layout, task, execId);
    await endKeeper(folder);
  }
  writeJson(folder.record, settled);
  return settled;
}

/** An exec that was not started is known to its shim only on the way to its start. */
export async function forgetExec(
  backend: ShimBackend,
  layout: TaskLayout,
  { shim }: TaskRecord,
  execId: string,
): Promise<void> {
  await callShim({
    ...{ backend, layout, shim, action: `forget exec ${execId}`, kind: 'query', signal: undefined },
    call: (api, options) => api.delete({ id: layout.id, execId }, options),
  }).catch(() => undefined);
}

async function afterLauncher<T extends ExecRecord>(
  read: () => T | undefined,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  for (;;) {
    const record = read();
    if (record?.phase !== 'launching' || !isAlive(record.launcher)) return record;
    if (signal?.aborted) throw abortError(signal, 'it was clear what became of the launch');
    await delay(lookInterval);
  }
}

/** undefined for what the shim does not know, or where there is no shim. */
async function pidIfKnown(
  backend: ShimBackend,
  layout: TaskLayout,
  { shim }: TaskRecord,
  execId: string,
): Promise<number | undefined> {
  try {
    const { pid } = await callShim({
      ...{ backend, layout, shim, action: `look for ${execId || layout.id}`, kind: 'query', signal: undefined },
      call: (api, options) => api.state({ id: layout.id, execId }, options),
    });
    return pid;
  } catch (error) {
    if (['not-found', 'unavailable'].includes(errorCodeOf(error))) return undefined;
    throw error;
  }
}
