import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.js';
import { verifyLog } from '../../src/audit/verify-log.js';
import type { EventLog } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { parseTimestamp } from '../../src/kernel/clock.js';
import { keepSnapshots } from '../../src/projections/keep-snapshots.js';
import { StateSnapshots, stateSeries } from '../../src/projections/state-snapshots.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { timeSeries } from '../../src/projections/time-index.js';
import type { TaskEvent } from '../../src/task/events.js';
import { done, requested } from '../task/fixtures.js';
import { recordOf } from '../task/walk.js';
import { histories, type Told, tell } from './history.js';

const keep = (log: EventLog, every: number) => keepSnapshots(new StateSnapshots(log), { every });

function badSnapshots(log: EventLog): readonly Finding[] {
  return verifyLog(log).findings.filter(({ kind }) => kind === 'snapshot');
}

/** Two tasks in turns, the times of each record in seconds past noon. */
const eventsAt = (...seconds: readonly number[]): readonly Told[] =>
  seconds.map((second, index) => {
    const told = life[Math.floor(index / 2) % life.length] as TaskEvent;
    const time = parseTimestamp(`2026-01-31T12:00:${second}Z`);
    return { namespace: 'default', task: index % 2 ? 'b' : 'a', record: { ...recordOf(told, 1), time } };
  });

const life: readonly TaskEvent[] = [
  requested.create,
  done.create,
  requested.start,
  done.start,
  requested.pause,
  done.pause,
  requested.resume,
  done.resume,
];

/** A snapshot behind each four events. */
async function snapshotted(...seconds: readonly number[]): Promise<MemoryEventLog> {
  const log = new MemoryEventLog({ projections: [taskProjection] });
  await tell(log, eventsAt(...seconds));
  await keep(log, 4);
  return log;
}

const growing = Array.from({ length: 16 }, (_, index) => 10 + index);

function change(log: EventLog, series: string, position: number, made: (text: string) => string): void {
  const stored = log.snapshots.next(series, position);
  if (stored?.position !== position) throw new Error(`there is no snapshot at ${position}`);
  const packed = series === stateSeries;
  const text = (packed ? gunzipSync(stored.bytes) : Buffer.from(stored.bytes)).toString();
  const bytes = Buffer.from(made(text));
  expect(bytes.toString()).not.toBe(text);
  log.snapshots.put([{ series, position, bytes: packed ? gzipSync(bytes) : bytes }]);
}

const changed = (members: object) => (text: string) => JSON.stringify({ ...JSON.parse(text), ...members });

describe('snapshots, when a log is verified', () => {
  it('are what the events say, wherever they stand and whoever went on with them', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 40 }), async (history, every) => {
        const log = new MemoryEventLog();
        for (const part of [history.slice(0, 60), history.slice(60)]) {
          await tell(log, part);
          await keep(log, every);
        }
        expect(badSnapshots(log)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it.each<[what: string, series: string, made: (text: string) => string, reason: string]>([
    ['a state', stateSeries, (text) => text.replace('"running"', '"stopped"'), 'default/a was in another state'],
    ['a version', stateSeries, (text) => text.replace('"version":4', '"version":3'), 'default/a was in another state'],
    ['a task that is left out', stateSeries, (text) => text.replace(/\n"default\/b".*/, ''), 'default/b is not in it'],
    ['a task too many', stateSeries, (text) => `${text}\n"default/c"\t{}`, 'default/c was in another state'],
    ['text that is none', stateSeries, () => 'x', 'it cannot be read'],
    ['times that are none', timeSeries, () => 'x', 'its times cannot be read'],
    ['the latest time', timeSeries, changed({ latest: '2026-01-31T12:00:59.000000000Z' }), 'its latest time is 2026'],
    ['the earliest time', timeSeries, changed({ earliest: '2026-01-31T12:00:59.000000000Z' }), 'its earliest time is'],
    [
      'the earliest time of several stretches',
      timeSeries,
      changed({ back: { to: 0, earliest: '2026-01-31T12:00:59.000000000Z' } }),
      'an earlier time than 2026-01-31T12:00:59.000000000Z is behind it',
    ],
  ])('are found where they were changed: %s', async (_, series, made, reason) => {
    const log = await snapshotted(...growing);
    expect(badSnapshots(log)).toEqual([]);
    change(log, series, 8, made);
    expect(badSnapshots(log)).toMatchObject([{ position: 8, message: expect.stringContaining(reason) }]);
  });

  it('are found where they say that times only grow, and they do not', async () => {
    const log = await snapshotted(13, 12, 11, 10);
    expect(badSnapshots(log)).toEqual([]);
    change(log, timeSeries, 4, changed({ sorted: true }));
    expect(badSnapshots(log)).toMatchObject([{ message: expect.stringContaining('its times do not only grow') }]);
  });

  it('are found where the log ends before them', async () => {
    const log = await snapshotted(...growing);
    const last = log.snapshots.next(stateSeries, 16);
    log.snapshots.put([{ series: stateSeries, position: 20, bytes: last?.bytes ?? Buffer.of() }]);
    expect(badSnapshots(log)).toMatchObject([
      { position: 20, message: expect.stringContaining('the log ends before') },
    ]);
  });
});
