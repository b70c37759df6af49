import type { EventLog } from '../event-log/event-log.js';
import type { TypedAny } from '../kernel/typed-any.js';
import type { BlobRef, TaskEventOf } from '../task/events.js';
import { upcast } from '../task/upcast.js';
import type { Call } from './call.js';
import type { CreateOpts } from './platform-runtime.js';

export type CreateRequested = TaskEventOf<'/tasks/create-requested'>;

/** What a task was asked to be created with. @throws NotFoundError if a blob of it is not in the log any more */
export function recordedOpts(log: EventLog, asked: CreateRequested): CreateOpts {
  const { spec, rootfs, io, checkpoint, restoreFromPath, runtime, sandboxId, address, version } = asked;
  const [runtimeOptions, taskOptions] = [asked.runtimeOptions, asked.taskOptions].map((ref) => ref && anyOf(log, ref));
  return {
    spec: anyOf(log, spec),
    rootfs,
    io,
    runtime,
    ...(checkpoint && { checkpoint, restoreFromPath }),
    ...(runtimeOptions && { runtimeOptions }),
    ...(taskOptions && { taskOptions }),
    ...(sandboxId && { sandboxId }),
    ...(address && { address }),
    ...(version && { version }),
  };
}

export function anyOf(log: EventLog, { typeUrl, sha256 }: BlobRef): TypedAny {
  return { typeUrl, value: log.blob(sha256) };
}

/** The request that the present task of a stream came from. */
export function lastCreateRequested(log: EventLog, stream: Call['stream']): CreateRequested | undefined {
  let last: CreateRequested | undefined;
  for (const record of log.readStream(stream)) {
    const event = upcast(record);
    if (event?.type === '/tasks/create-requested') last = event;
  }
  return last;
}
