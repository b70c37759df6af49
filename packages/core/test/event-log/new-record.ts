import type { NewRecord } from '../../src/event-log/event-log.js';
import { parseTimestamp } from '../../src/kernel/clock.js';

export function newRecord(type: string, event: NewRecord['event'] = {}): NewRecord {
  return {
    type,
    schema: 1,
    time: parseTimestamp('2026-01-31T12:00:00Z'),
    actor: { uid: 0, gid: 0, pid: 1, loginUid: null, command: 'test', user: '', requestId: 'r1' },
    runtime: '',
    runtimeVersion: '',
    correlationId: 'r1',
    causation: 0,
    event,
  };
}
