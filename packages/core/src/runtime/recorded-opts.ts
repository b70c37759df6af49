import type { EventLog } from '../event-log/event-log.js';
import { keptRequests } from '../projections/kept-requests.js';
import type { TaskEventOf } from '../task/events.js';
import type { Call } from './call.js';
import { markedIn, readPayload } from './payload.js';
import type { CreateOpts } from './platform-runtime.js';

export type CreateRequested = TaskEventOf<'/tasks/create-requested'>;

/** What a task was asked to be created with, its secrets among it. @throws as `readPayload` */
export function recordedOpts(log: EventLog, asked: CreateRequested): CreateOpts {
  const { spec, rootfs, io, checkpoint, restoreFromPath, runtime, sandboxId, address, version } = asked;
  const [runtimeOptions, taskOptions] = [asked.runtimeOptions, asked.taskOptions].map(
    (ref) => ref && readPayload(log, ref),
  );
  return {
    spec: readPayload(log, spec),
    secrets: markedIn(log, spec),
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

/** The request that the present task of a stream came from. */
export function lastCreateRequested(log: EventLog, stream: Call['stream']): CreateRequested | undefined {
  let last: CreateRequested | undefined;
  for (const request of keptRequests(log, stream)) if (request.type === '/tasks/create-requested') last = request;
  return last;
}
