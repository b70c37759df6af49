import type { Actor, NewRecord, Position } from '../event-log/event-log.js';
import type { Timestamp } from '../kernel/clock.js';
import { withoutArgv } from './actor.js';

/**
 * A record of the system's stream, with which no runtime has to do.
 *
 * @param causation the position of the request that it comes of
 */
export function systemRecord(
  said: Pick<NewRecord, 'type' | 'schema' | 'event'>,
  actor: Actor,
  time: Timestamp,
  causation: Position = 0,
): NewRecord {
  return {
    ...said,
    time,
    actor: causation === 0 ? actor : withoutArgv(actor),
    runtime: '',
    runtimeVersion: '',
    correlationId: actor.requestId,
    causation,
  };
}
