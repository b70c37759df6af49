import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { asOf } from '../../src/projections/as-of.js';
import { type KeepOptions, keepSnapshots } from '../../src/projections/keep-snapshots.js';
import { StateSnapshots, stateSeries } from '../../src/projections/state-snapshots.js';
import { timeSeries } from '../../src/projections/time-index.js';
import { done, exited, requested } from '../task/fixtures.js';
import { recordOf } from '../task/walk.js';
import { isTask, replayed, type Told, tell } from './history.js';

const keep = (log: EventLog, options: KeepOptions = { every: 4 }) => keepSnapshots(new StateSnapshots(log), options);
const positionsOf = (log: EventLog, series = stateSeries) =>
  Array.from(log.snapshots.newestFirst(series), ({ position }) => position).reverse();
const textsOf = (log: EventLog) =>
  Array.from(log.snapshots.newestFirst(stateSeries), ({ bytes }) => gunzipSync(bytes).toString()).reverse();

const life = [requested.create, done.create, requested.start, done.start, exited, requested.delete, done.delete];
const of = (task: string, length = life.length): readonly Told[] =>
  life.slice(0, length).map((told) => ({ namespace: 'default', task, record: recordOf(told, 1) }));

async function logOf(...parts: readonly (readonly Told[])[]): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await tell(log, parts.flat());
  return log;
}

describe('snapshots', () => {
  it('have what is not at rest, and what had a record since the one before (H1)', async () => {
    await using log = await logOf(of('a', 4), of('b'), of('c', 4), of('d', 1));
    await keep(log);
    const keys = textsOf(log).map((text) => [...text.matchAll(/^"default\/(.)"\t/gm)].map(([, task]) => task).join(''));
    expect(positionsOf(log)).toEqual([4, 8, 12, 16]);
    expect(keys).toEqual(['a', 'ab', 'abc', 'acd']);
  });

  it('are lines that any tool can read', async () => {
    await using log = await logOf(of('a', 4));
    await keep(log);
    const [head, line] = textsOf(log)[0]?.split('\n') ?? [];
    expect(head).toBe('{"after":0,"live":1}');
    expect(line).toMatch(/^"default\/a"\t\{"version":4,"state":\{"status":"running",/);
  });

  it('stand where they stand whoever makes them, and when (H2)', async () => {
    const history = [of('a', 4), of('b'), of('c', 4), of('d', 6), of('e')].flat();
    await using atOnce = await logOf(history);
    await keep(atOnce);
    await using bit = await logOf();
    for (const told of history) {
      await tell(bit, [told]);
      await keep(bit);
    }
    expect(textsOf(bit)).toEqual(textsOf(atOnce));
    expect(positionsOf(bit)).toEqual(positionsOf(atOnce));
    expect([...bit.snapshots.newestFirst(timeSeries)]).toEqual([...atOnce.snapshots.newestFirst(timeSeries)]);
  });

  it('stand further apart where many tasks live', async () => {
    await using log = await logOf(...Array.from({ length: 12 }, (_, index) => of(`t${index}`, 4)));
    await keep(log);
    expect(positionsOf(log)).toEqual([4, 8, 12, 16, 20, 25, 32, 40]);
  });

  it('are made up to a position, some at a time, and not once the signal has fired', async () => {
    await using log = await logOf(of('a'), of('b'), of('c'));
    await keep(log, { every: 4, signal: AbortSignal.abort() });
    expect(positionsOf(log)).toEqual([]);
    await keep(log, { every: 4, limit: 1 });
    expect(positionsOf(log)).toEqual([4]);
    await keep(log, { every: 4, until: 15 });
    expect(positionsOf(log)).toEqual([4, 8, 12]);
  });

  it('of an older fold are dropped when those of this one are made', async () => {
    await using log = await logOf(of('a'));
    const put = (series: string) => log.snapshots.put([{ series, position: 4, bytes: Buffer.of(1) }]);
    for (const series of ['tasks@1', 'tasks@99', 'others']) put(series);
    await keep(log);
    expect(log.snapshots.series()).toEqual(['others', stateSeries, 'tasks@99', timeSeries].sort());
  });

  it.each<[string, Uint8Array]>([
    ['that is no gzip', Buffer.from('damaged')],
    ['that is cut short', gzipSync('{"after":0,"live":1}\n"default/a"').subarray(0, 20)],
    ['whose first line is none', gzipSync('live: 1')],
  ])('one %s costs time, and nothing else (H3)', async (_what, bytes) => {
    await using log = await logOf(of('a', 4), of('b'), of('c', 4), of('d', 6));
    await keep(log);
    for (const position of positionsOf(log)) {
      log.snapshots.put([{ series: stateSeries, position, bytes }]);
      for (let at = 0; at <= log.head(); at += 1) {
        expect((await asOf(log, at)).tasks()).toEqual(replayed(log, at).filter(isTask));
      }
    }
  });

  it('of times that are damaged cost time, and nothing else (H3)', async () => {
    await using log = await logOf(of('a'), of('b'), of('c'));
    await keep(log);
    const asked = '1970-01-01T00:00:01.000000007Z';
    expect((await asOf(log, asked)).position).toBe(log.head());
    for (const position of positionsOf(log, timeSeries)) {
      log.snapshots.put([{ series: timeSeries, position, bytes: Buffer.from('damaged') }]);
      expect((await asOf(log, asked)).position).toBe(log.head());
    }
    await tell(log, of('d'));
    await keep(log);
    expect((await asOf(log, asked)).position).toBe(log.head());
  });
});
