/** The state as of any point of a long log, and what the snapshots for it cost those who append. */
import {
  asOf,
  type EventLog,
  LmdbEventLog,
  type NewRecord,
  openShiplog,
  parseTimestamp,
  replay,
  type StreamId,
  stateChanges,
  type Timestamp,
  taskProjection,
  timestampFromNanos,
  timestampToNanos,
} from '@shiplog/core';
import { compare } from './compare.ts';
import type { Host } from './host.ts';
import { report, reportAmount } from './report.ts';

const batch = 1_000;
const manyTasks = 500;
const begin = timestampToNanos(parseTimestamp('2026-01-31T12:00:00Z'));
/** From one event to the next. */
const stepNanos = 1_000_000n;

const owner = { pid: 4711, startTime: 123456, bootId: '6f0b0f4e-7a6f-4f0e-9c2b-0d3f0a3b9a11' };
const stdio = { stdin: '', stdout: '', stderr: '', terminal: false };
const spec = { typeUrl: 'types.containerd.io/opencontainers/runtime-spec/1/Spec', sha256: '5f'.repeat(32) };
const known = { certainty: 'observed', evidence: '' };

function timeAt(position: number): Timestamp {
  return timestampFromNanos(begin + BigInt(position) * stepNanos);
}

type Told = readonly [type: string, event: NewRecord['event']];

function birth(task: string): readonly Told[] {
  const of = { containerId: task, requestId: `r-${task}` };
  const made = { bundle: `/run/shiplog/io.containerd.runc.v2/default/${task}`, rootfs: [], io: stdio, checkpoint: '' };
  const asked = { ...of, owner, ...made, runtime: 'io.containerd.runc.v2', spec, restoreFromPath: false };
  return [
    [
      '/tasks/create-requested',
      { ...asked, runtimeOptions: null, taskOptions: null, sandboxId: '', address: '', version: 0 },
    ],
    ['/tasks/create', { ...of, ...made, pid: 4711, ...known }],
    ['/tasks/start-requested', { ...of, owner }],
    ['/tasks/start', { ...of, pid: 4711, ...known }],
  ];
}

function signal(task: string): readonly Told[] {
  const of = { containerId: task, requestId: `k-${task}`, execId: '', signal: 1, all: false };
  return [
    ['/tasks/kill-requested', { ...of, owner }],
    ['/tasks/signalled', of],
  ];
}

function record([type, event]: Told, position: number): NewRecord {
  const actor = { uid: 0, gid: 0, pid: 4711, loginUid: null, command: 'shiplog kill', user: '', requestId: 'r-4711' };
  return {
    ...{ type, schema: 1, time: timeAt(position), actor, correlationId: 'r-4711', causation: 0, event },
    ...{ runtime: 'io.containerd.runc.v2', runtimeVersion: '0.1.0' },
  };
}

const streamOf = (task: string): StreamId => ({ namespace: 'default', task });

/** Tasks that live, and are sent one signal after the other. */
async function fill(log: EventLog, tasks: number, events: number): Promise<void> {
  let position = 0;
  const append = (task: string, told: readonly Told[]) => {
    const records = told.map((each, index) => record(each, position + index + 1));
    position += told.length;
    return log.append({ stream: streamOf(task), expectedVersion: 'any', records });
  };
  await Promise.all(Array.from({ length: tasks }, (_, index) => append(`t${index}`, birth(`t${index}`))));
  for (let turn = 0; position < events; ) {
    const appends: Promise<unknown>[] = [];
    for (; appends.length < batch && position < events; turn += 1) {
      const task = `t${turn % tasks}`;
      appends.push(append(task, signal(task)));
    }
    await Promise.all(appends);
  }
}

export async function benchPast(host: Host): Promise<void> {
  const { rounds, past } = host.scale;
  for (const tasks of [manyTasks, 1]) {
    await using log = await LmdbEventLog.open(host.path(`past-${tasks}`));
    await fill(log, tasks, past);
    const head = log.head();
    const began = performance.now();
    await asOf(log, head);
    const took = ((performance.now() - began) / 1_000).toFixed(1);
    const what = `${head.toLocaleString('en')} events, ${tasks} tasks`;
    const anywhere = () => Math.ceil(Math.random() * head);
    const one = async (work: string, run: () => Promise<unknown>) =>
      report(
        await compare({
          work: `${work}, ${what}`,
          sides: [{ name: 'shiplog', run: async () => void (await run()) }],
          rounds: rounds * 4,
        }),
      );
    await one('tasks as of a position', async () => (await asOf(log, anywhere())).tasks());
    await one('tasks as of a time', async () => (await asOf(log, timeAt(anywhere()))).tasks());
    await one('one state as of a position', async () => (await asOf(log, anywhere())).state(streamOf('t0')));
    await one('diff of two positions', async () =>
      stateChanges(await asOf(log, anywhere()), await asOf(log, anywhere())),
    );
    const replaying = performance.now();
    replay(log);
    reportAmount('', 'a replay of all', `${(performance.now() - replaying).toFixed(0)} ms`);
    reportAmount('', 'all snapshots made anew', `${took} s`);
  }
  await benchAppends(host);
}

/** Appends with snapshots made beside them, as every open root has it, and without. */
async function benchAppends(host: Host): Promise<void> {
  await using shiplog = await openShiplog({ plugins: [], root: host.path('kept'), state: host.path('kept-state') });
  await using plain = await LmdbEventLog.open(host.path('unkept'), { projections: [taskProjection] });
  const logs: readonly (readonly [string, EventLog])[] = [
    ['shiplog', shiplog.log],
    ['the same without snapshots', plain],
  ];
  for (const [, log] of logs) await fill(log, 1, batch);
  const append = (log: EventLog) => {
    const [told] = signal('t0');
    return log.append({ stream: streamOf('t0'), expectedVersion: 'any', records: [record(told as Told, 1)] });
  };
  const sides = logs.map(([name, log]) => ({
    name,
    run: async () => void (await Promise.all(Array.from({ length: batch }, () => append(log)))),
  }));
  const { rounds } = host.scale;
  report(await compare({ work: `append, ${batch} at once, to tasks`, pieces: batch, sides, rounds: rounds * 10 }));
}
