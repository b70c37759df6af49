/** The log beside lmdb-js alone, which is given the same bytes and is as durable. */
import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import {
  type EventLog,
  LmdbEventLog,
  type NewRecord,
  type Position,
  parseTimestamp,
  replay,
  verifyFolder,
} from '@shiplog/core';
import { open, type RootDatabase } from 'lmdb';
import { compare } from './compare.ts';
import type { Host } from './host.ts';
import { report, reportAmount } from './report.ts';

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

function append(log: EventLog, amount = 1): Promise<unknown> {
  return log.append({ stream, expectedVersion: 'any', records: Array.from({ length: amount }, () => record) });
}

export async function benchLog(host: Host): Promise<void> {
  const alone = openAlone(host.path('alone'));
  {
    await using log = await LmdbEventLog.open(host.path('log'));
    await benchAppends(host, log, alone);
    await fill(log, alone, host.scale.events);
    await benchReadings(host, log, alone);
  }
  await benchVerification(host, host.path('log'), alone);
  await alone.env.close();
}

async function benchAppends(host: Host, log: EventLog, alone: Alone): Promise<void> {
  const { rounds } = host.scale;
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
  closeSync(fd);

  const aloneMany = { name: 'lmdb-js alone', run: () => putMany(alone) };
  const atOnce = async () => void (await Promise.all(Array.from({ length: batch }, () => append(log))));
  const inOne = async () => void (await append(log, batch));
  for (const [how, run] of [
    ['in one', inOne],
    ['at once', atOnce],
  ] as const) {
    const sides = [{ name: 'shiplog', run }, aloneMany];
    report(await compare({ work: `append, ${batch} ${how}`, pieces: batch, sides, rounds }));
  }
}

function putMany(alone: Alone): void {
  alone.env.transactionSync(() => {
    for (let left = batch; left > 0; left -= 1) alone.put();
  });
}

async function fill(log: EventLog, alone: Alone, events: number): Promise<void> {
  while (log.head() < events) await append(log, batch);
  while (alone.count < events) putMany(alone);
}

async function benchReadings(host: Host, log: EventLog, alone: Alone): Promise<void> {
  const sides = [
    { name: 'shiplog', run: () => void replay(log) },
    { name: 'shiplog, records only', run: () => void last(log.read()) },
    { name: 'lmdb-js and JSON.parse alone', run: () => void last(alone.read(JSON.parse)) },
    { name: 'lmdb-js alone', run: () => void last(alone.read((text) => text)) },
  ];
  const pieces = log.head();
  report(await compare({ work: 'replay', pieces, sides, rounds: Math.min(host.scale.rounds, 5), warmup: 1 }));
  for (const [what, until] of [
    ['all', pieces],
    ['a tenth', Math.ceil(pieces / 10)],
  ] as const) {
    reportAmount('', `heap at most, of ${what}`, `${heapOfReplay(log, until).toFixed(0)} MiB`);
  }
}

/** The most that a replay takes up at once, in MiB: it is to be the same for a log of any length. */
export function heapOfReplay(log: EventLog, until: Position = log.head()): number {
  let most = 0;
  let seen = 0;
  const onRecord = () => {
    seen += 1;
    if (seen % batch === 1) most = Math.max(most, process.memoryUsage().heapUsed);
  };
  replay(log, { until, onRecord });
  return most / 2 ** 20;
}

async function benchVerification(host: Host, dir: string, alone: Alone): Promise<void> {
  const sha256 = (text: string) => hash('sha256', text);
  const sides = [
    { name: 'shiplog', run: async () => void (await verifyFolder(dir)) },
    {
      name: 'lmdb-js, JSON.parse and a SHA-256 alone',
      run: () => void last(alone.read((text) => [JSON.parse(text), sha256(text)])),
    },
  ];
  const pieces = alone.count;
  report(await compare({ work: 'verify', pieces, sides, rounds: Math.min(host.scale.rounds, 5), warmup: 1 }));
}

function last(values: Iterable<unknown>): unknown {
  let value: unknown;
  for (value of values);
  return value;
}
