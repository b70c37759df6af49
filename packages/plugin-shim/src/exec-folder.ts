/** The folders of a task's execs: each is added whole, before anything runs, so that any process may start it. */
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { AlreadyExistsError, type ExecId, ExecNotFoundError, type ExecOpts } from '@shiplog/core';
import {
  assertSameTerminal,
  claimFolder,
  completeStdio,
  execFolder,
  type Folders,
  parseProcess,
  planStdio,
  type TaskLayout,
  writeSecret,
} from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { type ExecRecord, writeJson } from './record.js';
import { settledExec } from './settle.js';

/** @throws AlreadyExistsError if the task has an exec of that ID */
export function addExec(folders: Folders, layout: TaskLayout, id: ExecId, opts: ExecOpts): void {
  const io = completeStdio(opts.io);
  const process = parseProcess(opts.spec);
  planStdio(io);
  assertSameTerminal(io, process);
  const folder = execFolder(folders, layout, id);
  const isOurs = claimFolder(folder.monitorFolder, (draft) => {
    const inDraft = (path: string): string => join(draft, relative(folder.monitorFolder, path));
    mkdirSync(inDraft(folder.exitDir), { recursive: true, mode: 0o700 });
    writeSecret(inDraft(folder.processFile), process);
    writeJson(inDraft(folder.record), { version: 1, io, phase: 'added', launcher: null, process: null });
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
export async function readExec(
  backend: ShimBackend,
  layout: TaskLayout,
  id: ExecId,
  signal: AbortSignal | undefined,
): Promise<ExecRecord> {
  const record = await settledExec(backend, layout, execFolder(backend, layout, id), id, signal);
  if (!record) throw new ExecNotFoundError(layout.id, id);
  return record;
}
