import type { EventLog, LogRecord, StreamId } from '../event-log/event-log.js';

/** What the log has of a request that is open: itself, and by whom it was claimed. Reads the task's whole stream. */
export function recordsOf(log: EventLog, stream: StreamId, requestId: string): readonly LogRecord[] {
  return [...log.readStream(stream)].filter(({ event }) => event.requestId === requestId);
}
