/** The log beside lmdb-js alone, which is given the same bytes and is as durable. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { type EventLog, LmdbEventLog, type NewRecord, parseTimestamp, replay } from '@shiplog/core';
import { open, type RootDatabase } from 'lmdb';
import { compare } from './compare.ts';
import type { Host } from './host.ts';
import { report } from './report.ts';

const batch = 1_000;
const stream = { namespace: 'default', task: 'web' };

export const record: NewRecord = {
  type: '/tasks/kill-requested',
  schema: 1,
  time: parseTimestamp('2026-01-31T12:00:00.123456789Z'),
  actor: { uid: 0, gid: 0, pid: 4711, loginUid: null, command: 'shiplog kill web', user: '', requestId: 'r-4711' },
  runtime: 'io.containerd.runc.v2',
  runtimeVersion: '0.1.0',
  correlationId: 'r-4711',
  causation: 0,
  event: {
    containerId: 'web',
    requestId: 'r-4711',
    owner: { pid: 4711, startTime: 123456, bootId: '6f0b0f4e-7a6f-4f0e-9c2b-0d3f0a3b9a11' },
    execId: '',
    signal: 15,
    all: false,
  },
};

interface Alone {
  readonly env: RootDatabase;
  /** Records that were put. */
  readonly count: number;
  /** One record and its place in the stream, as the log writes them. */
  put(): void;
  read(parse: (text: string) => unknown): Iterable<unknown>;
}

function openAlone(dir: string): Alone {
  const env = open({ path: dir, noSubdir: false, overlappingSync: false, eventTurnBatching: false });
  const log = env.openDB<string, number>('log', { encoding: 'string' });
  const streams = env.openDB<number, [string, number]>('streams', {});
  let position = 0;
  return {
    env,
    get count() {
      return position;
    },
    *read(parse) {
      for (const { value } of log.getRange({})) yield parse(value);
    },
    put() {
      position += 1;
      const text = JSON.stringify({ position, ...stream, version: position, ...record });
      log.putSync(position, text, { append: true });
      streams.putSync([stream.task, position], position);
    },
  };
}

function append(log: EventLog): Promise<unknown> {
  return log.append({ stream, expectedVersion: 'any', records: [record] });
}

export async function benchLog(host: Host): Promise<void> {
  const { rounds, events } = host.scale;
  await using log = await LmdbEventLog.open(host.path('log'));
  const alone = openAlone(host.path('alone'));
  const fd = openSync(host.path('sync'), 'w');
  const page = Buffer.alloc(4096);

  const one = [
    { name: 'shiplog', run: async () => void (await append(log)) },
    { name: 'lmdb-js alone', run: () => alone.env.transactionSync(() => alone.put()) },
    {
      name: 'write and fdatasync of a page alone',
      run: () => {
        writeSync(fd, page, 0, page.length, 0);
        fdatasyncSync(fd);
      },
    },
  ];
  report(await compare({ work: 'append, one durable event', sides: one, rounds: rounds * 20 }));

  const many = [
    { name: 'shiplog', run: async () => void (await Promise.all(Array.from({ length: batch }, () => append(log)))) },
    {
      name: 'lmdb-js alone',
      run: () =>
        alone.env.transactionSync(() => {
          for (let count = 0; count < batch; count += 1) alone.put();
        }),
    },
  ];
  report(await compare({ work: `append, ${batch} at once`, pieces: batch, sides: many, rounds }));

  while (log.head() < events) await Promise.all(Array.from({ length: batch }, () => append(log)));
  while (alone.count < events) {
    alone.env.transactionSync(() => {
      for (let left = batch; left > 0; left -= 1) alone.put();
    });
  }
  const pieces = log.head();
  const readings = [
    { name: 'shiplog', run: () => void replay(log) },
    { name: 'shiplog, records only', run: () => void last(log.read()) },
    { name: 'lmdb-js and JSON.parse alone', run: () => void last(alone.read(JSON.parse)) },
    { name: 'lmdb-js alone', run: () => void last(alone.read((text) => text)) },
  ];
  report(await compare({ work: 'replay', pieces, sides: readings, rounds: Math.min(rounds, 5), warmup: 1 }));
  closeSync(fd);
  await alone.env.close();
}

function last(values: Iterable<unknown>): unknown {
  let value: unknown;
  for (value of values);
  return value;
}
