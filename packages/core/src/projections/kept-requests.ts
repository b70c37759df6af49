/** Requests that a task needs for as long as it is there, also where their records were archived. */
import type { EventLog, LogRecord, StreamId } from '../event-log/event-log.js';
import { atOneBase, carriedOn } from '../event-log/log-base.js';
import type { TaskEvent, TaskEventOf } from '../task/events.js';
import { type StoredEvent, upcast } from '../task/upcast.js';
import { taskKey } from './task-projection.js';

export const requestFoldName = 'requests';
export const requestFoldVersion = 1;

/** With the first it is made anew elsewhere, and checkpointed; by the second a checkpoint that was cut short is settled. */
const keptTypes = ['/tasks/create-requested', '/tasks/checkpoint-requested'] as const;

export type KeptRequest = { [T in (typeof keptTypes)[number]]: TaskEventOf<T> }[(typeof keptTypes)[number]];

/** The last one of each type, by type: what archiving keeps of a stream that is not over. */
export type KeptRequests = Readonly<Record<string, StoredEvent>>;

export function keptAfter(before: KeptRequests, { type, schema, event }: LogRecord): KeptRequests {
  return isKept(type) ? { ...before, [type]: { type, schema, event } } : before;
}

export function decodeKept(bytes: Uint8Array | undefined): KeptRequests {
  return bytes ? carriedOn(requestFoldName, bytes) : {};
}

/** In the order of the log. */
export function keptRequests(log: EventLog, stream: StreamId): readonly KeptRequest[] {
  return atOneBase(log, (base) => {
    const archived = decodeKept(base.folded(requestFoldName, taskKey(stream)));
    return [...Object.values(archived), ...log.readStream(stream)].map(upcast).filter(isKeptRequest);
  });
}

function isKeptRequest(event: TaskEvent | undefined): event is KeptRequest {
  return event !== undefined && isKept(event.type);
}

function isKept(type: string): boolean {
  return (keptTypes as readonly string[]).includes(type);
}
