import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import type { Projection } from '../../src/event-log/projection.js';
import { verifyProjection } from '../../src/projections/replay.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { newRecord } from '../event-log/new-record.js';

const stream = (task: string) => ({ namespace: 'default', task });
const rejected = newRecord('/tasks/rejected', { containerId: '', execId: '', command: '', code: '', message: '' });
const requested = newRecord('/tasks/create-requested', {
  containerId: 'web',
  requestId: 'r1',
  owner: { pid: 1, startTime: 1, bootId: 'b' },
  runtime: 'io.containerd.runc.v2',
  rootfs: [],
  io: { stdin: '', stdout: '', stderr: '', terminal: false },
  checkpoint: '',
});

/** A task that is not over, and one that never came to be; `forge` changes what is stored of both. */
async function logOf(forge: (key: string, put: (key: string) => void, remove: (key: string) => void) => void) {
  const forged: Projection = {
    ...taskProjection,
    apply(record, store) {
      taskProjection.apply(record, store);
      forge(record.task, (key) => store.put(key, Buffer.from('{}')), store.delete);
    },
  };
  const log: EventLog = new MemoryEventLog({ projections: [forged] });
  await log.append({ stream: stream('web'), expectedVersion: 0, records: [requested] });
  await log.append({ stream: stream('idle'), expectedVersion: 0, records: [rejected] });
  return log;
}

describe('marks on tasks that are not over', () => {
  it('are what the states say', async () => {
    await using log = await logOf(() => undefined);
    expect(verifyProjection(log)).toMatchObject({ differences: [], marks: [] });
    expect(Array.from(log.projectedEntries('tasks', '!'), ([key]) => key)).toEqual(['!default/web']);
  });

  it.each([
    ['missing', 'web', { ...stream('web'), mark: 'missing' }],
    ['too many', 'idle', { ...stream('idle'), mark: 'too-many' }],
  ])('are found where one is %s', async (what, task, fault) => {
    await using log = await logOf((of, put, remove) => {
      if (of !== task) return;
      if (what === 'missing') remove(`!default/${task}`);
      else put(`!default/${task}`);
    });
    expect(verifyProjection(log)).toMatchObject({ differences: [], marks: [fault] });
    expect(verifyProjection(log, { task: stream(task) })).toMatchObject({ marks: [fault], streams: 1 });
    const other = task === 'web' ? 'idle' : 'web';
    expect(verifyProjection(log, { task: stream(other) })).toMatchObject({ marks: [], streams: 1 });
  });

  it('are found where one is on nothing at all', async () => {
    await using log = await logOf((_of, put) => put('!default/ghost'));
    expect(verifyProjection(log)).toMatchObject({ marks: [{ ...stream('ghost'), mark: 'too-many' }] });
  });
});
