/** How a checkpoint that was begun comes to its end, whoever is there to see to it. */
import { runtimeArgs } from './args.js';
import { callRuntime, runtimeLine } from './backend.js';
import { findProcesses, isAlive } from './host-process.js';
import { discardImages, draftOf, finishImages, hasAllImages } from './images.js';
import type { TaskLayout } from './layout.js';
import { runningStatus } from './liveness.js';
import { type ProcessRecord, writeRecord } from './record.js';

/** Gives the images their name, or takes them away; and the checkpoint is open no more. */
export async function endDump(layout: TaskLayout, record: ProcessRecord, isWhole: boolean): Promise<ProcessRecord> {
  const { dump, process } = record;
  if (!dump) return record;
  // A runtime that failed, or was ended, on its way may have left the task frozen.
  if (!isWhole && !dump.wasFrozen && isAlive(process) && runningStatus(process?.pid ?? 0) !== 'running') {
    const line = runtimeLine(layout, record);
    await callRuntime({ action: `resume task ${layout.id}`, line, args: runtimeArgs.resume(line, layout.id) });
  }
  if (isWhole) finishImages(dump.path);
  else discardImages(dump.path);
  const ended: ProcessRecord = { ...record, dump: null };
  writeRecord(layout.process.record, ended);
  return ended;
}

/** The record of a task, once no checkpoint is open whose caller is gone. */
export async function settledDump(
  layout: TaskLayout,
  record: ProcessRecord,
  pause: () => Promise<void>,
): Promise<ProcessRecord> {
  const { dump } = record;
  if (!dump || isAlive(dump.by)) return record;
  const draft = draftOf(dump.path);
  // The runtime goes on without whoever started it.
  while (findProcesses((args) => args.some((arg) => arg.includes(draft))).length > 0) await pause();
  return endDump(layout, record, hasAllImages(draft));
}
