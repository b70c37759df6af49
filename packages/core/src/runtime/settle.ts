/**
 * A request whose owner is gone is settled by asking the machine. It is claimed first, through the log, so that one
 * process does it; an outcome that was there before changes nothing (D3).
 */
import { assertNever } from '../kernel/assert-never.js';
import type { OutcomeCommand } from '../task/commands.js';
import type { FailureCause } from '../task/events.js';
import {
  type Cleaning,
  type MountSet,
  type OpenRequest,
  openRequests,
  type Pending,
  requestOf,
} from '../task/state.js';
import { upcast } from '../task/upcast.js';
import { askFrozen, askingContext, askStarted } from './ask-machine.js';
import type { Call } from './call.js';
import { settleCheckpoint } from './checkpoint-task.js';
import { undoMakeTask } from './create-task.js';
import { removeExec, removeTask } from './delete-task.js';
import { execute, load } from './execute.js';
import { exitRecordOf } from './exit-watch.js';
import { isInFlight, whileInFlight } from './in-flight.js';
import { groundOf, removeTraces, type Wanted } from './leftovers.js';
import { causeOf, type RequestRef } from './perform.js';
import { recordOutcome } from './record-outcome.js';
import { recordsOf } from './request-records.js';
import type { TaskScope } from './task-scope.js';
import { unlessNotFound } from './unless-not-found.js';

const ownerGone: FailureCause = {
  code: 'unknown',
  message: 'the process that asked for it is gone, and its outcome cannot be told',
};
const notDone: FailureCause = {
  code: 'unavailable',
  message: 'the process that asked for it is gone, and it was not done',
};

/**
 * @throws whatever keeps the machine from answering; the request stays open then. As long as it is not claimed, it is
 * anybody's; after that, it is tried again by this process.
 */
export async function settleRequest(
  scope: TaskScope,
  call: Call,
  { requestId, owner }: Pick<Pending, 'requestId' | 'owner'>,
): Promise<void> {
  const { engine } = scope;
  const asked = findOpen(scope, call, requestId);
  if (!asked) return;
  // Whoever cannot reach the runtime leaves it to those who can.
  assertReachable(scope, call, asked);
  await whileInFlight(requestId, async () => {
    const self = engine.processes.self();
    const claim = { type: 'ClaimRequest', containerId: scope.id, requestId, from: owner, owner: self } as const;
    if ((await execute(engine, call, claim)).records.length === 0) return;
    try {
      await bringToEnd(scope, call, requestId);
    } catch (error) {
      settleLater(scope, call, requestId);
      throw error;
    }
  });
}

/** @throws whatever keeps this process from asking the machine about it at all */
function assertReachable(scope: TaskScope, call: Call, open: OpenRequest): void {
  if (open.scope === 'leftovers') groundOf(scope, wantedBy(scope, call, open.pending));
  else if (open.scope !== 'kill' && open.scope !== 'mounts') void scope.backend;
}

/** What was found is in the request alone; where that was archived, nothing is known of it. */
function wantedBy({ engine }: TaskScope, { stream }: Call, { runtime, requestId }: Cleaning): Wanted {
  const [asked] = recordsOf(engine.log, stream, requestId);
  const event = asked && upcast(asked);
  return { runtime, found: event?.type === '/recovery/clean-requested' ? event.found : [] };
}

/** What this process has claimed, or asked for itself, and could not bring to its end: nobody else may while it lives. */
export function settleLater(scope: TaskScope, call: Call, requestId: string): void {
  scope.engine.retries.later(requestId, async () => {
    // A caller who could not wait is at it.
    if (isInFlight(requestId)) return false;
    await whileInFlight(requestId, () => bringToEnd(scope, call, requestId));
    return true;
  });
}

async function bringToEnd(scope: TaskScope, call: Call, requestId: string): Promise<void> {
  const open = findOpen(scope, call, requestId);
  if (!open) return;
  // Whoever came by may be in a hurry; what the machine says does not depend on it.
  const patient: Call = { ...call, signal: undefined };
  const ref: RequestRef = { containerId: scope.id, requestId };
  const causation = recordsOf(scope.engine.log, call.stream, requestId).at(-1)?.position ?? 0;
  await recordOutcome(scope.engine, patient, await outcomeOf(scope, patient, open, ref), causation);
}

function findOpen({ engine }: TaskScope, call: Call, requestId: string): OpenRequest | undefined {
  const { state } = load(engine.log, call.stream);
  return openRequests(state).find((request) => requestOf(request).requestId === requestId);
}

function failed(ref: RequestRef, cause: FailureCause): OutcomeCommand {
  return { type: 'RecordFailed', ...ref, cause };
}

async function outcomeOf(scope: TaskScope, call: Call, open: OpenRequest, ref: RequestRef): Promise<OutcomeCommand> {
  switch (open.scope) {
    case 'kill':
      return failed(ref, ownerGone);
    case 'mounts':
      return mountsOutcome(scope, open.set, ref);
    case 'leftovers':
      return cleaningOutcome(scope, call, open.pending, ref);
    case 'exec':
      return execOutcome(scope, call, open, ref);
    case 'task':
      return taskOutcome(scope, call, open.pending, ref);
    default:
      return assertNever(open);
  }
}

/** Half a series is of no use to anybody, and half an end neither. */
async function mountsOutcome(
  scope: TaskScope,
  { target, mounts, status }: MountSet,
  ref: RequestRef,
): Promise<OutcomeCommand> {
  const { detached } = await scope.mounts.deactivate(target, mounts);
  return status === 'activating' ? failed(ref, notDone) : { type: 'RecordDone', ...ref, detached };
}

/** Never open for long: it is found again for as long as it is there. */
async function cleaningOutcome(
  scope: TaskScope,
  call: Call,
  cleaning: Cleaning,
  ref: RequestRef,
): Promise<OutcomeCommand> {
  try {
    await removeTraces(scope, wantedBy(scope, call, cleaning), call);
    return { type: 'RecordDone', ...ref };
  } catch (error) {
    return failed(ref, causeOf(error));
  }
}

async function execOutcome(
  scope: TaskScope,
  call: Call,
  { exec, pending }: OpenRequest & { scope: 'exec' },
  ref: RequestRef,
): Promise<OutcomeCommand> {
  const context = askingContext(call);
  if (pending.command === 'delete') {
    return { type: 'RecordDeleted', ...ref, exit: exitRecordOf(await removeExec(scope, call, exec.execId)) };
  }
  const task = await unlessNotFound(scope.backend.runtime.get(scope.id, context));
  const process = await unlessNotFound(task?.process(exec.execId, context));
  if (!process) return failed(ref, notDone);
  if (pending.command === 'exec') return { type: 'RecordDone', ...ref };
  return (await askStarted(process, context, ref)) ?? failed(ref, notDone);
}

async function taskOutcome(scope: TaskScope, call: Call, pending: Pending, ref: RequestRef): Promise<OutcomeCommand> {
  if (pending.command === 'delete') {
    return { type: 'RecordDeleted', ...ref, exit: exitRecordOf(await removeTask(scope, call)) };
  }
  const context = askingContext(call);
  const task = await unlessNotFound(scope.backend.runtime.get(scope.id, context));
  if (pending.command === 'create') {
    if (task) return { type: 'RecordCreated', ...ref, pid: await task.pid(context), ...inferred };
    await undoMakeTask(scope, call);
    return failed(ref, notDone);
  }
  if (pending.command === 'checkpoint')
    return (await settleCheckpoint(scope.engine, call, ref)) ?? failed(ref, notDone);
  if (!task) return failed(ref, { code: 'not-found', message: 'the runtime no longer knows the task' });
  switch (pending.command) {
    case 'start':
      return (await askStarted(task, context, ref)) ?? failed(ref, notDone);
    case 'pause':
      return (await askFrozen(task, 'paused', context, ref)) ?? failed(ref, notDone);
    case 'resume':
      return (await askFrozen(task, 'running', context, ref)) ?? failed(ref, notDone);
    default:
      return failed(ref, ownerGone);
  }
}

const inferred = { certainty: 'inferred', evidence: 'the runtime has the task, and who asked for it is gone' } as const;
