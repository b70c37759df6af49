import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../src/event-log/event-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { type Clock, parseTimestamp, type Timestamp } from '../../src/kernel/clock.js';
import { type AsOf, asOf } from '../../src/projections/as-of.js';
import { keepSnapshots } from '../../src/projections/keep-snapshots.js';
import { StateSnapshots } from '../../src/projections/state-snapshots.js';
import { tempFolder } from '../event-log/temp-folder.js';
import { done, event, exited, requested } from '../task/fixtures.js';
import { recordOf } from '../task/walk.js';
import { histories, isTask, replayed, type Told, tell } from './history.js';

/** Some of all that there are, 0 and the head among them. */
const somePositions = (log: EventLog, parts: readonly number[]) =>
  [0, ...parts, 1].map((part) => Math.round(part * log.head()));
/** Anywhere in the log: doubles would nearly all be close to its beginning. */
const parts = fc.array(
  fc.integer({ min: 0, max: 1_000 }).map((part) => part / 1_000),
  { minLength: 8, maxLength: 8 },
);

async function expectReplay(log: EventLog, position: number): Promise<void> {
  const then = await asOf(log, position);
  const told = replayed(log, position);
  expect(then.tasks()).toEqual(told.filter(isTask));
  expect(then.tasks({ namespace: 'other' })).toEqual(
    told.filter(isTask).filter(({ namespace }) => namespace === 'other'),
  );
  for (const stream of replayed(log, log.head())) {
    const found = told.find(({ namespace, task }) => namespace === stream.namespace && task === stream.task);
    const { namespace, task } = stream;
    expect(then.state({ namespace, task })).toEqual(
      found ?? { namespace, task, version: 0, state: { status: 'absent', mounts: {} } },
    );
  }
  const sets = told.flatMap(({ namespace, task, state }) =>
    Object.entries(state.mounts)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, set]) => ({ namespace, task, set })),
  );
  expect(then.mounts().map(({ namespace, task, set }) => ({ namespace, task, set }))).toEqual(sets);
}

describe('the state as of a position', () => {
  it('is what a replay up to there makes, wherever snapshots stand (P5)', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 40 }), parts, async (history, every, some) => {
        const log = new MemoryEventLog();
        await tell(log, history);
        await keepSnapshots(new StateSnapshots(log), { every });
        for (const position of somePositions(log, some)) await expectReplay(log, position);
      }),
      { numRuns: 25 },
    );
  });

  it('is the same on LMDB, and while the log grows', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 20 }), parts, async (history, every, some) => {
        await using folder = await tempFolder();
        await using log = await LmdbEventLog.open(folder.path);
        for (const part of [history.slice(0, 60), history.slice(60)]) {
          await tell(log, part);
          await keepSnapshots(new StateSnapshots(log), { every });
          for (const position of somePositions(log, some)) await expectReplay(log, position);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('of 0 is nothing', async () => {
    await using log = await logOf(life);
    const then = await asOf(log, 0);
    expect([then.position, then.time, then.tasks(), then.mounts()]).toEqual([0, undefined, [], []]);
  });

  it.each([
    [8, 'position 8 is beyond the end of the log: its last position is 7'],
    [-1, '-1 is no position in the log: give a whole number from 0'],
    [1.5, '1.5 is no position in the log: give a whole number from 0'],
    [Number.NaN, 'NaN is no position in the log: give a whole number from 0'],
  ])('of %s is refused', async (position, message) => {
    await using log = await logOf(life);
    await expect(asOf(log, position)).rejects.toThrow(message);
  });

  it('needs no snapshot: a log that is only read has none made', async () => {
    await using folder = await tempFolder();
    const path = folder.path;
    {
      await using log = await LmdbEventLog.open(path);
      await tell(log, Array.from({ length: 300 }, () => life).flat());
    }
    await using log = await LmdbEventLog.open(path, { readOnly: true });
    expect((await asOf(log, 2_092)).tasks()).toMatchObject([{ task: 'web', state: { status: 'stopped' } }]);
    expect(log.snapshots.series()).toEqual([]);
  });
});

const life: readonly Told[] = [
  requested.create,
  done.create,
  requested.start,
  done.start,
  exited,
  requested.delete,
  done.delete,
].map((told) => ({ namespace: 'default', task: 'web', record: recordOf(told, 1) }));

async function logOf(history: readonly Told[]): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await tell(log, history);
  return log;
}

/** Seven records, each at its minute past noon. */
function at(...minutes: readonly number[]): readonly Told[] {
  return minutes.map((minute, index) => {
    const told = life[index % life.length] as Told;
    return { ...told, record: { ...told.record, time: minuteOf(minute) } };
  });
}

const minuteOf = (minute: number) =>
  parseTimestamp(`2026-01-31T${12 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}:00Z`);
const evening: Clock = { now: () => parseTimestamp('2026-01-31T23:00:00Z') };
const told = ({ position, laterRecord }: AsOf): [number, Timestamp | undefined] => [position, laterRecord];

describe('the state as of a time', () => {
  it.each<[string, readonly number[], number, [number, number | undefined]]>([
    ['between two records is that after the first', [1, 3, 5], 4, [2, undefined]],
    ['of a record includes it, and all of the same time', [1, 3, 3, 5], 3, [3, undefined]],
    ['behind the last record is the present one', [1, 3, 5], 59, [3, undefined]],
    ['behind a clock that was set back is the last that fits', [1, 60, 61, 5, 6, 62], 30, [5, 61]],
    ['that was never shown again is the first that fits', [1, 60, 61, 40, 41, 62], 30, [1, undefined]],
    ['that the clock shows again later is the last', [1, 60, 61, 2, 3, 70], 65, [5, undefined]],
    ['before a wrong clock was set right is known by the right times', [100, 101, 1, 2, 3], 2, [4, 101]],
  ])('%s', async (_what, minutes, minute, [position, later]) => {
    for (const every of [1, 2, 100]) {
      await using log = await logOf(at(...minutes));
      await keepSnapshots(new StateSnapshots(log), { every });
      expect(told(await asOf(log, minuteOf(minute), { clock: evening }))).toEqual([
        position,
        later === undefined ? undefined : minuteOf(later),
      ]);
    }
  });

  it('is that after the last record of no later time, whatever clocks did', async () => {
    const minute = fc.nat(100);
    await fc.assert(
      fc.asyncProperty(
        fc.array(minute, { minLength: 1, maxLength: 60 }),
        minute,
        fc.integer({ min: 1, max: 9 }),
        async (minutes, asked, every) => {
          await using log = await logOf(at(...minutes));
          await keepSnapshots(new StateSnapshots(log), { every });
          const position = minutes.findLastIndex((each) => each <= asked) + 1;
          const time = minuteOf(asked);
          if (position === 0) {
            await expect(asOf(log, time, { clock: evening })).rejects.toThrow('the log begins at');
            return;
          }
          const latest = minuteOf(Math.max(...minutes.slice(0, position)));
          expect(told(await asOf(log, time, { clock: evening }))).toEqual([
            position,
            latest > time ? latest : undefined,
          ]);
        },
      ),
    );
  });

  it('is not called ambiguous for clocks of processes that differ by milliseconds', async () => {
    const times = ['12:00:00.000', '12:00:00.009', '12:00:00.004'].map((time) => parseTimestamp(`2026-01-31T${time}Z`));
    const history = at(0, 0, 0).map((each, index) => ({
      ...each,
      record: { ...each.record, time: times[index] as Timestamp },
    }));
    await using log = await logOf(history);
    expect(told(await asOf(log, '2026-01-31T12:00:00.005Z', { clock: evening }))).toEqual([3, undefined]);
  });

  it.each([
    ['2026-01-31T11:59:59Z', 'the log begins at 2026-01-31T12:01:00.000000000Z'],
    ['2026-01-31T23:00:01Z', 'is to come'],
    ['yesterday', '"yesterday" is not a time'],
    ['12', '"12" is not a time'],
    ['', '"" is not a time'],
  ])('of %j is refused', async (time, message) => {
    await using log = await logOf(at(1, 2, 3));
    await expect(asOf(log, time, { clock: evening })).rejects.toThrow(message);
  });

  it('of a log without a record is refused', async () => {
    await expect(asOf(new MemoryEventLog(), '2026-01-31T12:00:00Z')).rejects.toThrow('the log has no record yet');
  });

  it('that is to come is known where a clock was ahead', async () => {
    await using log = await logOf(at(1, 2, 600));
    const clock: Clock = { now: () => minuteOf(60) };
    expect(told(await asOf(log, minuteOf(500), { clock }))).toEqual([2, undefined]);
  });
});

describe('what is asked of a point', () => {
  const mounts = [{ type: 'tmpfs', source: 'tmpfs', target: '/', options: [] }];
  const target = '/mnt/a';
  const asked = { requestId: 'm', owner: { pid: 1, startTime: 1, bootId: 'boot' } };

  it('are mounts of tasks that are gone, too', async () => {
    const events = [
      event('/mounts/activate-requested', { ...asked, target, mounts }),
      event('/mounts/activated', { requestId: 'm', target, mounts }),
    ];
    const history = events.map((told) => ({ namespace: 'default', task: 'web', record: recordOf(told, 1) }));
    await using log = await logOf([...history, ...life]);
    const then = async (position: number) => (await asOf(log, position)).mounts();
    expect(await then(2)).toMatchObject([{ task: 'web', needed: false, set: { target, status: 'active' } }]);
    expect(await then(4)).toMatchObject([{ task: 'web', needed: true }]);
    expect(await then(9)).toMatchObject([{ task: 'web', needed: false }]);
  });

  it('is the time of its record', async () => {
    await using log = await logOf(at(1, 2, 3));
    expect((await asOf(log, 2)).time).toBe(minuteOf(2));
  });
});
