import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import {
  decodeState,
  encodeState,
  foldRecord,
  liveStreams,
  storedStates,
  streamOfTaskKey,
  taskKey,
  taskProjection,
  type VersionedState,
} from '../../src/projections/task-projection.js';
import { initialTaskState } from '../../src/task/state.js';
import { done, exited, requested } from '../task/fixtures.js';
import { recordOf } from '../task/walk.js';

const life = [requested.create, done.create, requested.start, done.start, exited, requested.delete, done.delete];
const records = life.map((event, index) => recordOf(event, index + 1));
const begin: VersionedState = { version: 0, state: initialTaskState };

function store() {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    get: (key: string) => entries.get(key),
    put: (key: string, value: Uint8Array) => void entries.set(key, value),
    delete: (key: string) => void entries.delete(key),
  };
}

describe('the fold of a stream', () => {
  it('has the version of its last record', () => {
    const { version, state } = records.reduce(foldRecord, begin);
    expect(version).toBe(7);
    expect(state.status).toBe('deleted');
  });

  it.each<[string, Partial<LogRecord>]>([
    ['of a type that this version does not know', { type: '/tasks/teleported' }],
    ['of a shape that this version does not know', { schema: 99 }],
  ])('an event %s moves the version on, and nothing else (P8)', (_what, foreign) => {
    const before = records.slice(0, 4).reduce(foldRecord, begin);
    const record = { ...recordOf(exited, 5), ...foreign };
    expect(foldRecord(before, record)).toEqual({ version: 5, state: before.state });
  });
});

describe('the projection', () => {
  it('keeps the state of each stream under its name', () => {
    const kept = store();
    for (const record of records.slice(0, 2)) taskProjection.apply(record, kept);
    const other = { ...recordOf(requested.create, 1), namespace: 'other' };
    taskProjection.apply(other, kept);
    expect([...kept.entries.keys()].sort()).toEqual(['!default/web', '!other/web', 'default/web', 'other/web']);
    expect(decodeState(kept.get('default/web'))).toMatchObject({ version: 2, state: { status: 'created' } });
    expect(decodeState(kept.get('other/web'))).toMatchObject({ version: 1, state: { status: 'creating' } });
  });

  it('keeps nothing of the events of the system itself', () => {
    const kept = store();
    taskProjection.apply({ ...recordOf(requested.create, 1), namespace: '', task: '' }, kept);
    expect(kept.entries.size).toBe(0);
  });

  it('gives the same bytes for the same state (P5)', () => {
    const state = records.slice(0, 4).reduce(foldRecord, begin);
    const bytes = encodeState(state);
    expect(decodeState(bytes)).toEqual(state);
    expect(Buffer.from(encodeState(decodeState(bytes))).equals(bytes)).toBe(true);
  });

  it('of a stream without records is the beginning', () => {
    expect(decodeState(undefined)).toEqual(begin);
  });

  it('names streams so that a namespace is a prefix', () => {
    const stream = { namespace: 'a.b', task: 'c_d' };
    expect(taskKey(stream)).toBe('a.b/c_d');
    expect(streamOfTaskKey(taskKey(stream))).toEqual(stream);
  });
});

describe('what is stored', () => {
  const stream = (namespace: string, task: string) => ({ namespace, task });

  async function logWith(...tasks: readonly [namespace: string, task: string, events: number][]) {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    for (const [namespace, task, events] of tasks) {
      await log.append({ stream: stream(namespace, task), expectedVersion: 0, records: records.slice(0, events) });
    }
    return log;
  }

  it('has the tasks that were beside those that are, each under its name', async () => {
    const log = await logWith(['b', 'over', 7], ['a', 'web', 4], ['b', 'web', 1]);
    expect(Array.from(storedStates(log), ([key]) => key)).toEqual(['a/web', 'b/over', 'b/web']);
    expect(Array.from(storedStates(log, 'b/'), ([key]) => key)).toEqual(['b/over', 'b/web']);
  });

  it('leads to those that are not over without a look at the others', async () => {
    const log = await logWith(['b', 'over', 7], ['a', 'web', 4], ['b', 'web', 1]);
    expect(liveStreams(log)).toEqual([stream('a', 'web'), stream('b', 'web')]);
    expect(liveStreams(log, 'b')).toEqual([stream('b', 'web')]);
  });
});
