/** Deleting: the backend's part, the mounts, the folders; used by the commands themselves and by their recovery. */
import type { ExecId } from '../kernel/identifiers.js';
import { isPresent, type TaskState } from '../task/state.js';
import { backendContext, type Call } from './call.js';
import { load } from './execute.js';
import { exitRecordOf, lostExit, recordExit } from './exit-watch.js';
import { newRequest, perform } from './perform.js';
import type { Exit, Task } from './platform-runtime.js';
import { exitFromLog } from './process-state.js';
import { deactivateRootfs } from './rootfs.js';
import { assertNoLinks, removeTaskFolders, taskFolders } from './task-folders.js';
import type { TaskScope } from './task-scope.js';
import { unlessNotFound } from './unless-not-found.js';

/** How long the exits of a task's execs are waited for, once the task itself has ended. */
const execExitMs = 2_000;

/** @throws FailedPreconditionError if it runs */
export async function deleteTask(scope: TaskScope, call: Call): Promise<Exit> {
  const { engine } = scope;
  let exit: Exit | undefined;
  await perform(engine, call, {
    request: { type: 'DeleteProcess', ...newRequest(engine, call), execId: '' },
    run: async () => {
      const removed = await removeTask(scope, call);
      // The one that is in the log counts; a task that was never started gets its exit with the delete.
      exit = exitFromLog(load(engine.log, call.stream).state, call, '') ?? removed;
      return removed;
    },
    outcome: (removed, ref) => ({ type: 'RecordDeleted', ...ref, exit: exitRecordOf(removed) }),
  });
  return exit as Exit;
}

/** Idempotent: what is gone already is no error, so that a delete that was cut short can be done again. */
export async function removeTask(scope: TaskScope, call: Call): Promise<Exit> {
  const { backend, engine, mounts } = scope;
  const context = backendContext(call);
  const { state } = load(engine.log, call.stream);
  const folders = taskFolders(backend, call.stream);
  assertNoLinks(folders);
  const task = await unlessNotFound(backend.runtime.get(scope.id, context));
  if (task) await recordExecExits(scope, call, task, state);
  const exit = await unlessNotFound(backend.runtime.delete(scope.id, context));
  await deactivateRootfs(engine, mounts, call, folders.rootfs);
  await removeTaskFolders(folders);
  return exit ?? exitFromLog(state, call, '') ?? lostExit(engine.clock, 0);
}

/** The same for an exec. */
export async function removeExec(scope: TaskScope, call: Call, execId: ExecId): Promise<Exit> {
  const context = backendContext(call);
  const task = await unlessNotFound(scope.backend.runtime.get(scope.id, context));
  const exec = await unlessNotFound(task?.process(execId, context));
  const exit = await unlessNotFound(exec?.delete(context));
  const { state } = load(scope.engine.log, call.stream);
  return exit ?? exitFromLog(state, call, execId) ?? lostExit(scope.engine.clock, 0);
}

/** P2: the exits of execs stand in front of the delete, as they were and not as guessed. */
async function recordExecExits(scope: TaskScope, call: Call, task: Task, state: TaskState): Promise<void> {
  if (!isPresent(state)) return;
  const signal = AbortSignal.timeout(execExitMs);
  const running = Object.values(state.execs).filter((exec) => exec.status === 'running');
  await Promise.all(
    running.map(async ({ execId }) => {
      const context = { ...backendContext(call), signal };
      const exit = await task
        .process(execId, context)
        .then((exec) => exec.wait(context))
        .catch(() => undefined);
      // Where it does not come in time, the delete itself records that it is unknown.
      if (exit) await recordExit(scope.engine, call, execId, exit);
    }),
  );
}
