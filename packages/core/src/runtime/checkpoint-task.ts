/** Checkpointing: what the log knows of the task and what the backend makes of it, in one folder; and its recovery. */
import type { TypedAny } from '../kernel/typed-any.js';
import { keptRequests } from '../projections/kept-requests.js';
import type { OutcomeCommand } from '../task/commands.js';
import type { BlobRef } from '../task/events.js';
import { TaskNotFoundError } from '../task/task-errors.js';
import { backendContext, type Call } from './call.js';
import {
  assertCheckpointPath,
  beginCheckpoint,
  type CheckpointedTask,
  discardCheckpoint,
  hasCheckpoint,
  imagesFolder,
} from './checkpoint-folder.js';
import type { Engine } from './execute.js';
import { recordExit } from './exit-watch.js';
import { markedIn, readPayload, storePayload } from './payload.js';
import { newRequest, perform, type RequestRef, recordRejected } from './perform.js';
import type { TaskScope } from './task-scope.js';
import { unlessNotFound } from './unless-not-found.js';

/** Where the checkpoint ended the task, its exit is in the log, too, when this resolves. */
export async function checkpointTask(
  scope: TaskScope,
  call: Call,
  path: string,
  options: TypedAny | undefined,
): Promise<void> {
  const { engine } = scope;
  await assertPath(engine, call, path);
  const request = newRequest(engine, call);
  const { requestId } = request;
  const stored = options && storePayload(options);
  const get = () => scope.backend.runtime.get(scope.id, backendContext(call));
  await perform(engine, call, {
    request: { type: 'CheckpointTask', ...request, checkpoint: path, options: stored?.ref ?? null },
    blobs: stored?.blobs ?? [],
    run: async () => {
      const task = await get();
      await beginCheckpoint(path, checkpointedTask(engine, call, requestId));
      try {
        await task.checkpoint(imagesFolder(path), options, backendContext(call));
      } catch (error) {
        await discardCheckpoint(path, requestId);
        throw error;
      }
    },
    outcome: (_, asked) => ({ type: 'RecordCheckpointed', ...asked, checkpoint: path }),
    ask: (asked) => askCheckpointed(path, asked),
  });
  const { exit } = (await unlessNotFound(get().then((task) => task.state(backendContext(call))))) ?? {};
  if (exit) await recordExit(engine, call, '', exit);
}

async function assertPath(engine: Engine, call: Call, path: string): Promise<void> {
  try {
    assertCheckpointPath(path);
  } catch (error) {
    await recordRejected(engine, call, { containerId: call.stream.task, type: 'CheckpointTask' }, error);
    throw error;
  }
}

/** Of tasks that had the name one after the other, the last. */
function checkpointedTask(engine: Engine, call: Call, requestId: string): CheckpointedTask {
  const { namespace, task } = call.stream;
  const created = keptRequests(engine.log, call.stream)
    .filter((event) => event.type === '/tasks/create-requested')
    .at(-1);
  if (!created) throw new TaskNotFoundError(task);
  const { runtime, rootfs, io, spec, runtimeOptions } = created;
  const anyOf = (ref: BlobRef) => readPayload(engine.log, ref);
  return {
    requestId,
    namespace,
    task,
    runtime,
    spec: anyOf(spec),
    secrets: markedIn(engine.log, spec),
    rootfs,
    io,
    runtimeOptions: runtimeOptions && anyOf(runtimeOptions),
  };
}

async function askCheckpointed(path: string, ref: RequestRef): Promise<OutcomeCommand | undefined> {
  return (await hasCheckpoint(path, ref.requestId))
    ? { type: 'RecordCheckpointed', ...ref, checkpoint: path }
    : undefined;
}

/** Of a checkpoint whose caller is gone: it is whole, or nothing of it is left. The backend has come to its end with it. */
export async function settleCheckpoint(
  engine: Engine,
  call: Call,
  ref: RequestRef,
): Promise<OutcomeCommand | undefined> {
  const asked = keptRequests(engine.log, call.stream)
    .filter((event) => event.type === '/tasks/checkpoint-requested')
    .find(({ requestId }) => requestId === ref.requestId);
  if (!asked) return undefined;
  const success = await askCheckpointed(asked.checkpoint, ref);
  if (!success) await discardCheckpoint(asked.checkpoint, ref.requestId);
  return success;
}
