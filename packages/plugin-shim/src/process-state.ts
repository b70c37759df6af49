/** What a shim says of a process, and what is written down of one. */

import { type StateResponse, taskStatuses } from '@shiplog/containerd-api';
import type { Exit, ProcessState, Status } from '@shiplog/core';
import type { ProcessFolder, TaskLayout } from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { buryShim } from './dead-shim.js';
import { exitOf, observedExit, recordExit } from './exits.js';
import type { TaskRecord } from './record.js';
import { callShim, ShimGoneError } from './shim-call.js';

export interface Asked {
  readonly backend: ShimBackend;
  readonly layout: TaskLayout;
  readonly task: TaskRecord;
  readonly folder: ProcessFolder;
  /** Empty for the task's first process. */
  readonly execId: string;
  readonly signal: AbortSignal | undefined;
}

const statuses = new Map<number, Status>(
  Object.entries(taskStatuses).map(([name, number]) => [number, name as Status]),
);

/** The status as the shim has it, or the exit once it is known. */
export async function askState(asked: Asked): Promise<Pick<ProcessState, 'status' | 'pid' | 'exit'>> {
  const { folder, execId } = asked;
  const known = exitOf(folder);
  if (known) return { status: 'stopped', pid: known.pid, exit: known };
  const said = await orBuried(asked, () => queryState(asked));
  if (said === undefined || 'certainty' in said) {
    const exit = said ?? exitOf(folder);
    if (exit) return { status: 'stopped', pid: exit.pid, exit };
    throw new ShimGoneError(
      `the shim of task ${asked.layout.id} is gone, and how ${execId || 'it'} ended is not known`,
    );
  }
  const { status, pid, exitStatus, exitedAt } = said;
  const name = statuses.get(status) ?? 'running';
  if (name !== 'stopped') return { status: name, pid };
  const exit = recordExit(asked.layout.process, folder, observedExit(pid, { exitStatus, exitedAt }));
  return { status: 'stopped', pid, exit };
}

function queryState({ backend, layout, task: { shim }, execId, signal }: Asked): Promise<StateResponse> {
  const action = `find out the state of ${execId ? `exec ${execId} in ` : ''}task ${layout.id}`;
  return callShim({
    ...{ backend, layout, shim, action, kind: 'query', signal },
    call: (api, options) => api.state({ id: layout.id, execId }, options),
  });
}

/** Resolves when it has ended, and the exit is written down. */
export async function awaitExit(asked: Asked, pid: () => number): Promise<Exit> {
  const { backend, layout, task, folder, execId, signal } = asked;
  const known = exitOf(folder);
  if (known) return known;
  const said = await orBuried(asked, () =>
    callShim({
      ...{ backend, layout, shim: task.shim, action: `wait for ${execId || layout.id}`, kind: 'wait', signal },
      call: (api, options) => api.wait({ id: layout.id, execId }, options),
    }),
  );
  if (said !== undefined && !('certainty' in said)) {
    return recordExit(layout.process, folder, observedExit(pid(), said));
  }
  const exit = said ?? exitOf(folder);
  if (exit) return exit;
  throw new ShimGoneError(`the shim of task ${layout.id} is gone, and how ${execId || 'it'} ended is not known`);
}

/** What was asked; or, where the shim turns out to be gone, the exit that this comes to. */
async function orBuried<T>(asked: Asked, ask: () => Promise<T>): Promise<T | Exit | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ShimGoneError)) throw error;
    await buryShim(asked.backend, asked.layout, asked.task);
    return exitOf(asked.folder);
  }
}
