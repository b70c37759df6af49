/** The folders of a task's execs: each is added whole, before anything runs, so that any process may start it. */
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  AlreadyExistsError,
  type ExecId,
  ExecNotFoundError,
  type ExecOpts,
  type ProcessIdentity,
  parseExecId,
} from '@shiplog/core';
import type { Backend } from './backend.js';
import { parseProcess, writeSecret } from './bundle.js';
import { claimFolder } from './claim.js';
import { identifiersIn } from './identifiers-in.js';
import { execFolder, type Folders, type ProcessFolder, type TaskLayout } from './layout.js';
import { blankRecord, type ProcessRecord, readRecord, writeRecord } from './record.js';
import { settledExec } from './settle.js';
import { assertSameTerminal, completeStdio, planStdio } from './stdio.js';

/** @throws AlreadyExistsError if the task has an exec of that ID */
export function addExec(
  folders: Folders,
  layout: TaskLayout,
  task: Pick<ProcessRecord, 'binary' | 'systemdCgroup'>,
  id: ExecId,
  opts: ExecOpts,
): void {
  const io = completeStdio(opts.io);
  const process = parseProcess(opts.spec);
  planStdio(io);
  assertSameTerminal(io, process);
  const folder = execFolder(folders, layout, id);
  const isOurs = claimFolder(folder.monitorFolder, (draft) => {
    const inDraft = (path: string): string => join(draft, relative(folder.monitorFolder, path));
    mkdirSync(inDraft(folder.exitDir), { recursive: true, mode: 0o700 });
    writeSecret(inDraft(folder.processFile), process);
    const { binary, systemdCgroup } = task;
    writeRecord(inDraft(folder.record), blankRecord({ io, binary, systemdCgroup, phase: 'added' }));
  });
  if (isOurs) return;
  throw new AlreadyExistsError(`exec ${id} already exists in task ${layout.id}; delete it first, or use another ID`, {
    details: { task: layout.id, exec: id },
  });
}

/**
 * The record of an exec, settled if the caller of its start is gone.
 *
 * @throws NotFoundError if there is no such exec
 */
export async function findExec(
  backend: Backend,
  layout: TaskLayout,
  id: ExecId,
  signal: AbortSignal | undefined,
): Promise<ProcessRecord> {
  const record = await settledExec(backend, execFolder(backend, layout, id), signal);
  if (!record) throw new ExecNotFoundError(layout.id, id);
  return record;
}

/** One whose record cannot be read has no process that we know of (P8). */
export function listExecs(
  folders: Folders,
  layout: TaskLayout,
): readonly { readonly id: ExecId; readonly process: ProcessIdentity | null }[] {
  return identifiersIn(layout.execsDir, parseExecId).map((id) => {
    return { id, process: processIn(execFolder(folders, layout, id)) };
  });
}

function processIn(folder: ProcessFolder): ProcessIdentity | null {
  try {
    return readRecord(folder.record)?.process ?? null;
  } catch {
    return null;
  }
}
