/** The parts that every command goes through, each for itself. */
import { parseTimestamp, type TaskState } from '@shiplog/core';
import { Bench } from 'tinybench';
import { decodeRecord, encodeBody, encodeRecord } from '../../packages/core/dist/event-log/record-codec.js';
import { evolve } from '../../packages/core/dist/task/evolve.js';
import { upcast } from '../../packages/core/dist/task/upcast.js';
import type { Host } from './host.ts';
import { reportAmount } from './report.ts';

const time = parseTimestamp('2026-01-31T12:00:00.123456789Z');
const record = {
  type: '/tasks/oom',
  schema: 1,
  time,
  actor: { uid: 0, gid: 0, pid: 1, loginUid: null, command: 'shiplog run web', user: '', requestId: 'r' },
  runtime: 'io.containerd.runc.v2',
  runtimeVersion: '0.1.0',
  correlationId: 'r',
  causation: 0,
  event: { containerId: 'web' },
};
const absent: TaskState = { status: 'absent', mounts: {} };

export async function benchParts(host: Host): Promise<void> {
  const stream = { namespace: 'default', task: 'web' };
  const text = encodeRecord(encodeBody(record), stream, 1, 1);
  const bench = new Bench({ time: host.scale.partTime, warmupTime: host.scale.partTime / 4 });
  bench
    .add('encode a record', () => encodeRecord(encodeBody(record), stream, 1, 1))
    .add('decode a record', () => decodeRecord(1, text))
    .add('JSON.parse of a record alone', () => JSON.parse(text))
    .add('evolve a state', () => {
      const event = upcast(record);
      return event && evolve(absent, event, time);
    });
  await bench.run();
  for (const { name, result } of bench.tasks) {
    if (!('latency' in result)) throw new Error(`${name} failed`);
    reportAmount(name, 'shiplog', `${(result.latency.p50 * 1000).toFixed(2)} us`);
  }
}
