/** What is answered of a log stays so when records were archived, and the records themselves are in the files. */
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCheckpoint } from '../../src/audit/checkpoint-text.js';
import { makeCheckpoint } from '../../src/audit/checkpoints.js';
import { proveConsistency, proveInclusion, verifyProof } from '../../src/audit/proofs.js';
import type { Damage, EventLog, Position } from '../../src/event-log/event-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { RecordsArchivedError } from '../../src/event-log/log-base.js';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import { parseTimestamp } from '../../src/kernel/clock.js';
import { asOf } from '../../src/projections/as-of.js';
import { keepSnapshots } from '../../src/projections/keep-snapshots.js';
import { keptRequests } from '../../src/projections/kept-requests.js';
import { replay, verifyProjection } from '../../src/projections/replay.js';
import { StateSnapshots } from '../../src/projections/state-snapshots.js';
import { storedStates, streamOfTaskKey } from '../../src/projections/task-projection.js';
import { pastTasks } from '../../src/runtime/history.js';
import { isPresent } from '../../src/task/state.js';
import { newRecord } from '../event-log/new-record.js';
import { histories, type Told, tell } from '../projections/history.js';
import { filledPlainly, newRoot, projections, type Root, refused, web } from './archived-log.js';
import { signingKey } from './audited-log.js';

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** Everything that anybody may ask of the tasks of a log, from a position on. */
async function answers(log: EventLog, from: Position, until: Position): Promise<unknown> {
  const keys = [...replay(log, { until }).states.keys()].sort();
  const streams = keys.map(streamOfTaskKey);
  const then: unknown[] = [];
  for (let position = from; position <= until; position += 7) {
    const { state, tasks, mounts } = await asOf(log, position);
    then.push({ position, tasks: tasks(), mounts: mounts(), states: streams.map(state) });
  }
  return plain({
    states: Object.fromEntries(replay(log, { until }).states),
    stored: [...storedStates(log)].map(([key, bytes]) => [key, Buffer.from(bytes).toString()]),
    past: streams.map((stream) => pastOf(log, stream, until)),
    requests: streams.map((stream) => {
      const state = replay(log, { task: stream }).states.get(`${stream.namespace}/${stream.task}`)?.state;
      return (
        state &&
        isPresent(state) &&
        keptRequests(log, stream)
          .filter(({ type }) => type === '/tasks/create-requested')
          .at(-1)
      );
    }),
    then,
  });
}

function pastOf(log: EventLog, stream: Parameters<typeof pastTasks>[1], until: Position): unknown {
  try {
    return pastTasks(log, stream, until);
  } catch (error) {
    return (error as Error).name;
  }
}

/** Anywhere in the log: doubles would nearly all be close to its beginning. */
const cuts = fc.array(
  fc.integer({ min: 0, max: 1_000 }).map((part) => part / 1_000),
  { minLength: 1, maxLength: 4 },
);

async function told(root: Root, history: readonly Told[]): Promise<Position> {
  await root.log.append({
    stream: { namespace: '', task: '' },
    expectedVersion: 'any',
    records: [newRecord('/plugins/loaded', { plugin: 'p', source: '' })],
  });
  await tell(root.log, history);
  return root.log.head();
}

describe('a log whose first records were archived', () => {
  it('answers as before: states, the past from there on, tasks of long ago; and it is verified, with the files and without', async () => {
    await fc.assert(
      fc.asyncProperty(histories, cuts, fc.integer({ min: 1, max: 30 }), async (history, places, every) => {
        await using root = await newRoot();
        const { log } = root;
        const head = await told(root, history);
        await keepSnapshots(new StateSnapshots(log), { every });
        const note = await makeCheckpoint(log, signingKey);
        const befores = places.map((place) => 1 + Math.round(place * head)).sort((a, b) => a - b);
        const last = (befores.at(-1) ?? 1) - 1;
        const before = await answers(log, last, head);
        for (const position of befores) await root.archive(position);
        expect(log.base.position).toBe(last);
        expect(await answers(log, last, head)).toEqual(before);
        expect([...log.read()].map(({ position }) => position)[0]).toBe(last + 1);
        await keepSnapshots(new StateSnapshots(log), { every });
        expect(await answers(log, last, head)).toEqual(before);
        const { differences, marks, damage } = verifyProjection(log);
        expect({ differences, marks, damage }).toEqual({ differences: [], marks: [], damage: [] });
        // The walks refer to payloads that nobody has stored.
        const against = parseCheckpoint(note);
        const found = () => root.verify({ against }).findings.filter(({ kind }) => kind !== 'blob');
        expect(found()).toEqual([]);
        expect(root.verify({ against }).records).toBe(log.head());
        if (last === 0) return;
        renameSync(root.archives, `${root.archives}-elsewhere`);
        expect(found()).toEqual([]);
        const { archived, records, notices, root: rootHash } = root.verify({ against });
        expect({ archived, records }).toEqual({
          archived: { position: last, complete: false },
          records: log.head() - last,
        });
        expect(notices).toContainEqual(
          expect.stringMatching(/^records 1 to \d+ were archived, and .* is not in .*: they were not looked at/),
        );
        const there = root.verify({ against, archives: `${root.archives}-elsewhere` });
        expect(there).toMatchObject({ archived: { complete: true }, root: rootHash });
      }),
      { numRuns: 15 },
    );
  }, 90_000);
});

describe('audit archive', () => {
  it('moves the stored bytes to a file that anybody can read, says who did it, and gives a stream its next version', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 10);
    const stored = Array.from({ length: 6 }, (_, index) =>
      Buffer.from(root.log.storedBytes(index + 1) ?? []).toString(),
    );
    const { position, records, segments } = await root.archive(7);
    expect({ position, records }).toEqual({ position: 6, records: 6 });
    const [file = ''] = readdirSync(root.archives);
    const path = join(root.archives, file);
    expect([statSync(root.archives).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    const [head = '', ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
    expect(JSON.parse(head)).toEqual({ format: 'shiplog-segment/1', origin: root.log.origin, first: 1, last: 6 });
    expect(lines).toEqual(stored);
    const [event] = root.log.read({ after: 10 });
    expect(event).toMatchObject({ type: '/audit/archived', actor: { user: 'ada' }, event: segments[0] });
    expect(root.log.storedBytes(6)).toBeUndefined();
    expect(root.log.version(web)).toBe(10);
    const { version } = await root.log.append({ stream: web, expectedVersion: 10, records: [refused('more')] });
    expect(version).toBe(11);
  });

  it('leaves every proof as it was', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 600);
    const old = parseCheckpoint(await makeCheckpoint(root.log, signingKey));
    const before = proveInclusion(root.log, 3, 600);
    await root.archive(500);
    expect(proveInclusion(root.log, 3, 600)).toEqual(before);
    expect(verifyProof(proveInclusion(root.log, 3))).toBe(true);
    expect(verifyProof(proveConsistency(root.log, old))).toBe(true);
  });

  it('goes on where it ended, and moves nothing twice', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 10);
    await root.archive(4);
    expect(await root.archive(4)).toEqual({ position: 3, records: 0, segments: [] });
    const { segments } = await root.archive(8);
    expect(segments).toMatchObject([{ first: 4, last: 7 }]);
    expect(root.log.base.segments().map(({ first, last }) => [first, last])).toEqual([
      [1, 3],
      [4, 7],
    ]);
    expect(root.verify()).toMatchObject({ verified: true, archived: { position: 7, complete: true } });
  });

  it('takes a time: what is before the first record of that time or later', async () => {
    await using root = await newRoot();
    const at = (time: string) => ({ ...refused(time), time: parseTimestamp(time) });
    const times = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-04T00:00:00Z', '2026-01-02T12:00:00Z'];
    await root.log.append({ stream: web, expectedVersion: 'any', records: times.map(at) });
    expect(await root.archive('2026-01-03T00:00:00Z')).toMatchObject({ position: 2 });
    // As of a time that the last archived record reaches, what was carried on answers.
    expect((await asOf(root.log, '2026-01-02T06:00:00Z')).position).toBe(2);
    await expect(asOf(root.log, '2026-01-01T06:00:00Z')).rejects.toThrow(RecordsArchivedError);
  });

  it('says where it went what is asked for of the time before', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 10);
    await root.archive(7);
    const where = `the log begins behind position 6, and position 3 was archived: it is in ${root.archives}/${root.log.origin}-`;
    await expect(asOf(root.log, 3)).rejects.toThrow(where);
    expect(() => replay(root.log, { until: 3 })).toThrow(where);
    expect(() => pastTasks(root.log, web, 3)).toThrow(where);
    expect([...root.log.read()].map(({ position }) => position)).toEqual([7, 8, 9, 10, 11]);
    expect([...root.log.readStream(web)].map(({ version }) => version)).toEqual([7, 8, 9, 10]);
    expect(root.log.placeOf(web, 6)).toEqual({ version: 6, position: 6 });
    expect(root.log.placeOf(web, 8)).toEqual({ version: 8, position: 8 });
  });

  it('lets a projection be made anew, and the log be opened by who has others', async () => {
    await using root = await newRoot();
    const { records } = await root.log.append({
      stream: web,
      expectedVersion: 0,
      records: [newRecord('/plugins/loaded', {})],
    });
    await root.log.append({
      stream: { namespace: '', task: '' },
      expectedVersion: 'any',
      records: [newRecord('/plugins/loaded', { plugin: 'io.containerd.runc.v2', reason: '' })],
    });
    expect(records).toHaveLength(1);
    const before = root.log.projected('plugins', 'io.containerd.runc.v2');
    await root.archive(3);
    {
      await using other = await LmdbEventLog.open(root.dir, { projections: [] });
      await other.append({ stream: web, expectedVersion: 'any', records: [refused('x')] });
    }
    await using again = await LmdbEventLog.open(root.dir, { projections });
    expect(again.projected('plugins', 'io.containerd.runc.v2')).toEqual(before);
  });

  it('takes nothing from a subscription that has not read it, and a new one begins where the log does', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 10);
    await using subscriptions = new Subscriptions(root.log);
    await (await subscriptions.open('mirror', { start: 4 }))[Symbol.asyncDispose]();
    await expect(root.archive(7)).rejects.toThrow(
      'the subscription mirror has acknowledged position 4 only, and must not miss what is behind it: archive before 5, let it read on, or delete it (`shiplog subscriptions --delete mirror`)',
    );
    expect(readdirSync(join(root.archives, '..'))).toEqual(['log']);
    expect(await root.archive(5)).toMatchObject({ position: 4 });
    await using fresh = await subscriptions.open('fresh');
    for await (const { position } of fresh) {
      expect(position).toBe(5);
      break;
    }
    await expect(subscriptions.open('early', { start: 2 })).rejects.toThrow('the log has 4 to 11');
  });

  it('a subscriber that lags when records leave is told of the gap, and goes on', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 600);
    const damage: Damage[] = [];
    const seen: number[] = [];
    for await (const { position } of root.log.subscribe({ onDamage: (found) => damage.push(found) })) {
      seen.push(position);
      if (position === 1) await root.archive(500);
      if (position === 600) break;
    }
    // What was read in one piece before is delivered; what left meanwhile is told.
    expect(damage).toEqual([{ position: 257, reason: 'nothing is there, up to position 500' }]);
    expect(seen.slice(255, 258)).toEqual([256, 500, 501]);
  });
});
