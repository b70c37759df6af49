import { InvalidArgumentError } from '../kernel/errors.js';
import type { CreateTask } from '../task/commands.js';
import type { Call } from './call.js';
import { assertCheckpointPath } from './checkpoint-folder.js';
import type { Engine } from './execute.js';
import { storePayload } from './payload.js';
import { newRequest, recordRejected } from './perform.js';
import type { CreateOpts } from './platform-runtime.js';
import { stdioOf } from './stdio.js';
import { taskFolders } from './task-folders.js';

interface Creation {
  readonly command: CreateTask;
  /** What it refers to. */
  readonly blobs: readonly Uint8Array[];
}

/** What is asked for; where that makes no sense, the log tells of it, and the error is thrown. */
export async function createCommand(engine: Engine, call: Call, opts: CreateOpts): Promise<Creation> {
  try {
    return commandOf(engine, call, opts);
  } catch (error) {
    await recordRejected(engine, call, { containerId: call.stream.task, type: 'CreateTask' }, error);
    throw error;
  }
}

function commandOf(engine: Engine, call: Call, opts: CreateOpts): Creation {
  const request = newRequest(engine, call);
  const { id: runtime, backend } = engine.backends.resolve(opts);
  if (opts.checkpoint) assertCheckpointPath(opts.checkpoint);
  else if (opts.restoreFromPath) throw new InvalidArgumentError('restoreFromPath goes with a checkpoint: name one');
  const spec = storePayload(opts.spec, opts.secrets);
  const options = [opts.runtimeOptions, opts.taskOptions].map((any) => (any ? storePayload(any) : undefined));
  const [runtimeOptions = null, taskOptions = null] = options.map((stored) => stored?.ref ?? null);
  const command: CreateTask = {
    type: 'CreateTask',
    ...request,
    runtime,
    bundle: taskFolders(backend, call.stream).bundle,
    spec: spec.ref,
    rootfs: opts.rootfs ?? [],
    io: stdioOf(opts.io),
    checkpoint: opts.checkpoint ?? '',
    restoreFromPath: opts.restoreFromPath ?? false,
    runtimeOptions,
    taskOptions,
    sandboxId: opts.sandboxId ?? '',
    address: opts.address ?? '',
    version: opts.version ?? 0,
  };
  return { command, blobs: [spec, ...options].flatMap((stored) => stored?.blobs ?? []) };
}
