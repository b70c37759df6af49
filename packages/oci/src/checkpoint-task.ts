/** Checkpoints a task: all of its images, or none. */
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { FailedPreconditionError, type TypedAny } from '@shiplog/core';
import { runtimeArgs } from './args.js';
import { type Backend, callRuntime, criuPatience, runtimeLine } from './backend.js';
import { checkpointOptionsOf, criuFlags } from './checkpoint-options.js';
import { withComplaint } from './criu.js';
import { endDump } from './dump.js';
import { listExecs } from './exec-folder.js';
import { isAlive, ourselves } from './host-process.js';
import { beginImages, draftOf, hasAllImages, outsideFoldersOf } from './images.js';
import type { TaskLayout } from './layout.js';
import { runningStatus } from './liveness.js';
import { type ProcessRecord, writeRecord } from './record.js';
import { planStdio, type StdioPlan } from './stdio.js';

/**
 * @throws NotImplementedError if CRIU does not work here
 * @throws FailedPreconditionError for what CRIU refuses beforehand
 * @throws AlreadyExistsError if something is at the path
 */
export async function checkpointTask(
  backend: Backend,
  layout: TaskLayout,
  record: ProcessRecord,
  { path, options: any }: { readonly path: string; readonly options: TypedAny | undefined },
  signal: AbortSignal | undefined,
): Promise<void> {
  // 1. Everything that can be wrong with what was asked, before anything is touched.
  const options = checkpointOptionsOf(any);
  assertCanBeWritten(backend, layout, record);
  backend.assertCriuOptions(options);
  await backend.criu.assertWorks(record.binary);

  // 2. From here on, whoever comes next knows what was begun.
  const pid = record.process?.pid ?? 0;
  const wasFrozen = runningStatus(pid) !== 'running';
  beginImages(path, { options, outsideFolders: outsideFoldersOf(layout.runtimeRoot) });
  const dumping: ProcessRecord = { ...record, dump: { path, wasFrozen, by: ourselves() } };
  writeRecord(layout.process.record, dumping);
  const work = options.workPath ?? layout.process.criuFolder;
  const line = runtimeLine(layout, record);
  try {
    mkdirSync(work, { recursive: true, mode: 0o700 });
    const flags = [...criuFlags(options), ...(options.exit ? [] : ['--leave-running'])];
    const args = runtimeArgs.checkpoint(line, layout.id, { images: draftOf(path), work, flags });
    await callRuntime({ action: `checkpoint task ${layout.id}`, line, args, signal }, criuPatience);
  } catch (error) {
    // What has ended cannot be written again: its images are all that is left of it.
    if (!hasAllImages(draftOf(path)) || !(options.exit && (await endsSoon(record)))) {
      await endDump(layout, dumping, false);
      throw withComplaint(error, work, 'dump.log');
    }
  }

  // 3. It is whole.
  await endDump(layout, dumping, true);
}

/** Milliseconds between two looks whether a task that was told to end has ended, and their number. */
const endInterval = 20;
const endLooks = 50;

async function endsSoon({ process }: ProcessRecord): Promise<boolean> {
  for (let look = 0; isAlive(process); look++) {
    if (look === endLooks) return false;
    await delay(endInterval);
  }
  return true;
}

/** Files and fifos of the host that the process itself has open. */
function handedFiles(plan: StdioPlan): readonly string[] {
  switch (plan.kind) {
    case 'log':
      return [];
    case 'handed':
      return [plan.stdin, plan.stdout?.path, plan.stderr?.path].filter((path) => typeof path === 'string');
    case 'logger':
      return plan.stdin === null ? [] : [plan.stdin];
  }
}

function assertCanBeWritten(backend: Backend, layout: TaskLayout, { io }: ProcessRecord): void {
  const details = { task: layout.id };
  const file = handedFiles(planStdio(io)).find((path) => path !== '/dev/null');
  if (file !== undefined) {
    throw new FailedPreconditionError(
      `cannot checkpoint task ${layout.id}: CRIU refuses a process whose stdio is a file of the host (${file}); create the task without stdin, stdout and stderr, and its output goes to its log`,
      { details },
    );
  }
  const exec = listExecs(backend, layout).find(({ process }) => isAlive(process));
  if (exec === undefined) return;
  throw new FailedPreconditionError(
    `cannot checkpoint task ${layout.id}: exec ${exec.id} runs in it, which CRIU cannot write; wait for its end, or kill it`,
    { details: { ...details, exec: exec.id } },
  );
}
