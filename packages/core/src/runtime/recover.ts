/**
 * On opening a root: requests whose owner is gone are settled, and exits that nobody saw are recorded with their own
 * time. Safe beside other processes at work, and nothing but reads where there is nothing to do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamId } from '../event-log/event-log.js';
import { forEachAtOnce } from '../kernel/at-once.js';
import { DeadlineExceededError } from '../kernel/errors.js';
import { type ExecId, parseNamespace, parseTaskId } from '../kernel/identifiers.js';
import { type StreamState, taskKey, type VersionedState } from '../projections/task-projection.js';
import { isGone, isPresent, openRequests, requestOf, type TaskState } from '../task/state.js';
import { backendContext, type Call, callOn } from './call.js';
import { type Executed, isAtWork, load } from './execute.js';
import { lostExit, recordExit, recordOom } from './exit-watch.js';
import { findLiving } from './out-of-reach.js';
import type { Process } from './platform-runtime.js';
import { deactivateRootfs } from './rootfs.js';
import { settleRequest } from './settle.js';
import { type RuntimeScope, TaskScope } from './task-scope.js';
import { unlessNotFound } from './unless-not-found.js';

const actor = { command: 'recovery' };

/** Milliseconds. No task may keep the start waiting for longer (P8). */
const usualPatience = 15_000;

/** Of those that a runtime has to be asked about, each may take that long. */
const tasksAtOnce = 16;

/** Whether a task's state leaves anything for recovery to look at. */
function needsLook(state: TaskState): boolean {
  return openRequests(state).length > 0 || hasLiving(state) || hasLeakedMounts(state);
}

function hasLiving(state: TaskState): boolean {
  if (!isPresent(state)) return false;
  return state.status !== 'stopped' || Object.values(state.execs).some((exec) => exec.status === 'running');
}

/** What is mounted for a task that is no more. */
function hasLeakedMounts(state: TaskState): boolean {
  return isGone(state) && Object.keys(state.mounts).length > 0;
}

export interface RecoverOpts {
  /** Watch the exits of all live tasks from now on. */
  readonly hold: boolean;
  /** Look also for what takes reading all of /proc to find, and try again what could not be taken away before. */
  readonly thorough?: boolean;
  /** Milliseconds that one task may keep it waiting, 15,000 when absent. Its recovery goes on beside it. */
  readonly patience?: number | undefined;
}

export interface RecoverStreamsOpts extends Pick<RecoverOpts, 'patience'> {
  /** Looks after a task that lives on from then on; where it is given, what fails is tried again until it is done. */
  readonly hold?: ((stream: StreamId) => Promise<void>) | undefined;
}

/** A task that cannot be looked after now stops neither the others nor the start (P8). */
export async function recoverStreams(
  scope: RuntimeScope,
  streams: readonly StreamState[],
  { hold, patience = usualPatience }: RecoverStreamsOpts,
): Promise<void> {
  const { log, retries, onError, closed } = scope.engine;
  const wanted = streams.filter(({ state }) => needsLook(state));
  await forEachAtOnce(wanted, tasksAtOnce, async (stream) => {
    const recover = async () => {
      const signal = AbortSignal.timeout(patience);
      await recoverTask(new TaskScope(scope, parseNamespace(stream.namespace), parseTaskId(stream.task)), signal);
      // As it is now: it may have been settled meanwhile.
      if (isPresent(load(log, stream).state)) await hold?.(stream);
      return true;
    };
    const recovered = recover().catch((error: unknown) => {
      if (closed.aborted) return;
      onError(error);
      if (hold) retries.later(`recovery of ${taskKey(stream)}`, recover);
    });
    if (!(await endsWithin(recovered, patience))) {
      onError(new DeadlineExceededError(`the recovery of task ${stream.task} takes its time, and goes on`));
    }
  });
}

async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const ended = new AbortController();
  const tooLate = delay(milliseconds, false, { signal: ended.signal, ref: false }).catch(() => false);
  const inTime = await Promise.race([work.then(() => true), tooLate]);
  ended.abort();
  return inTime;
}

async function recoverTask(scope: TaskScope, signal: AbortSignal): Promise<void> {
  const call = callOn(scope.id, { namespace: scope.namespace, actor, signal });
  const { engine, mounts } = scope;
  for (const open of openRequests(load(engine.log, call.stream).state)) {
    const request = requestOf(open);
    if (!isAtWork(engine, request)) await settleRequest(scope, call, request);
  }
  const settled = load(engine.log, call.stream);
  if (hasLeakedMounts(settled.state)) {
    for (const target of Object.keys(settled.state.mounts)) await deactivateRootfs(engine, mounts, call, target);
  }
  if (hasLiving(settled.state)) await recordUnseenExits(scope, call, settled);
}

async function recordUnseenExits(scope: TaskScope, call: Call, { version, state }: VersionedState): Promise<void> {
  // With a request open, its owner is at work and watches.
  if (!isPresent(state) || state.pending) return;
  const context = backendContext(call);
  const task = await unlessNotFound(scope.backend.runtime.get(scope.id, context));
  // What runs has not ended, lost or not: whoever ends it, an opening finds it then (P4).
  if (!task && (await findLiving(scope))) return;
  // What is lost is recorded only where nobody else has written since the state was loaded: what was written here goes along.
  let known = version;
  const follow = (executed: Executed) => {
    if (executed.version === known + executed.records.length) known = executed.version;
  };
  const record = async (execId: ExecId | '', process: Process | undefined, pid: number) => {
    if (!process) return follow(await recordExit(scope.engine, call, execId, lostExit(scope.engine.clock, pid), known));
    const { exit, oomKilled } = await process.state(context);
    if (oomKilled && !exit && !state.oomKilled) follow(await recordOom(scope.engine, call));
    if (exit) follow(await recordExit(scope.engine, call, execId, exit));
  };
  for (const exec of Object.values(state.execs)) {
    if (exec.status === 'running')
      await record(exec.execId, await unlessNotFound(task?.process(exec.execId, context)), exec.pid);
  }
  if (state.status !== 'stopped') await record('', task, state.pid);
}
