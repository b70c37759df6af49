/** What a task and an exec have in common. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Attachment,
  type AttachOpts,
  type ConsoleSize,
  FailedPreconditionError,
  InvalidArgumentError,
  type Stdio,
} from '@shiplog/core';
import {
  type AttachTarget,
  attachTo,
  closeInput,
  outputKept,
  type ProcessFolder,
  planStdio,
  type TaskLayout,
} from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import type { TaskRecord } from './record.js';
import { callShim } from './shim-call.js';

const maxCells = 65_535;

/** Milliseconds that the output has to come to its end after its process: what the process started may go on writing. */
const outputLimit = 1000;

/** Resolves when what a process wrote is where it was to go, in the log or in files: a shim may be at work on it. */
export async function outputEnd(folder: ProcessFolder, { io, pid }: { io: Stdio; pid: number }): Promise<void> {
  const signal = AbortSignal.timeout(outputLimit);
  await outputKept(folder, signal);
  await filesClosed(pid, filesOf(io), signal);
}

function filesOf(io: Stdio): readonly string[] {
  const plan = planStdio(io);
  if (plan.kind !== 'handed') return [];
  return [plan.stdout, plan.stderr].filter((sink) => sink?.kind === 'file').map((sink) => sink?.path ?? '');
}

/** Milliseconds. */
const lookInterval = 5;

/** What a shim copies to a file is there when it has closed it. Nobody tells, but the kernel does. */
async function filesClosed(pid: number, files: readonly string[], signal: AbortSignal): Promise<void> {
  if (pid === 0 || files.length === 0) return;
  const real = files.map(realpathOf);
  while (!signal.aborted && openFiles(pid).some((file) => real.includes(file))) await delay(lookInterval);
}

function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function openFiles(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((descriptor) => {
      try {
        return readlinkSync(join(folder, descriptor));
      } catch {
        return ''; // closed in between
      }
    });
  } catch {
    return []; // it is gone
  }
}

export interface Reachable {
  readonly backend: ShimBackend;
  readonly layout: TaskLayout;
  readonly task: TaskRecord;
  readonly execId: string;
  readonly io: Stdio;
  readonly target: AttachTarget;
  readonly signal: AbortSignal | undefined;
}

export function attach({ target }: Reachable, opts: AttachOpts): Promise<Attachment> {
  return attachTo(target, opts);
}

/** @throws InvalidArgumentError for what is no size */
export async function resize(process: Reachable, { width, height }: ConsoleSize): Promise<void> {
  const { backend, layout, task, execId, io, target, signal } = process;
  const action = `resize the terminal of ${target.name}`;
  if (!io.terminal) throw new FailedPreconditionError(`cannot ${action}: it has none`);
  if (!target.launched) throw new FailedPreconditionError(`cannot ${action}: it was not started`);
  for (const cells of [width, height]) {
    if (Number.isInteger(cells) && cells >= 1 && cells <= maxCells) continue;
    throw new InvalidArgumentError(`${width} x ${height} is no size of a terminal: give 1 to ${maxCells} cells each`);
  }
  await callShim({
    ...{ backend, layout, shim: task.shim, action, kind: 'change', signal },
    call: (api, options) => api.resizePty({ id: layout.id, execId, width, height }, options),
  });
}

/** A fifo is the shim's to close; what is attached to is closed with our keeper. */
export async function closeStdin(process: Reachable): Promise<void> {
  const { backend, layout, task, execId, io, target, signal } = process;
  const isFifo = io.stdin.startsWith('/') || io.stdin.startsWith('fifo://');
  if (!isFifo || io.terminal) return closeInput(target);
  const action = `close the stdin of ${target.name}`;
  if (!target.launched) throw new FailedPreconditionError(`cannot ${action}: start it first`);
  await callShim({
    ...{ backend, layout, shim: task.shim, action, kind: 'change', signal },
    call: (api, options) => api.closeIO({ id: layout.id, execId, stdin: true }, options),
  });
}
