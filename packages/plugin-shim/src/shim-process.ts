/** What a task and an exec have in common. */
import {
  type Attachment,
  type AttachOpts,
  type ConsoleSize,
  FailedPreconditionError,
  InvalidArgumentError,
  type Stdio,
} from '@shiplog/core';
import { type AttachTarget, attachTo, closeInput, outputKept, type ProcessFolder, type TaskLayout } from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import type { TaskRecord } from './record.js';
import { callShim } from './shim-call.js';

const maxCells = 65_535;

/** Milliseconds that the output has to come to its end after its process: what the process started may go on writing. */
const outputLimit = 1000;

export function outputEnd(folder: ProcessFolder): Promise<void> {
  return outputKept(folder, AbortSignal.timeout(outputLimit));
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
