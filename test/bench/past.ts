/** A long log: its state as of any point, its replay, its opening, and what snapshots cost those who append. */
import { join } from 'node:path';
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
import { heapOfReplay } from './logs.ts';
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

function death(task: string): readonly Told[] {
  const of = { containerId: task, requestId: `d-${task}` };
  const exit = { id: task, pid: 4711, exitStatus: 0, exitedAt: timeAt(1), oomKilled: false, ...known };
  return [
    ['/tasks/exit', { containerId: task, ...exit }],
    ['/tasks/delete-requested', { ...of, owner, execId: '' }],
    ['/tasks/delete', { ...of, ...exit }],
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

type Step = readonly [task: string, told: readonly Told[]];

/** Tasks that live, and are sent one signal after the other. */
function* live(tasks: number): Generator<Step> {
  for (let index = 0; index < tasks; index += 1) yield [`t${index}`, birth(`t${index}`)];
  for (let turn = 0; ; turn += 1) yield [`t${turn % tasks}`, signal(`t${turn % tasks}`)];
}

/** Tasks each of which begins when the one before it is gone. */
function* comeAndGo(): Generator<Step> {
  for (let index = 0; ; index += 1) {
    const task = `t${index}`;
    yield [task, [...birth(task), ...signal(task), ...death(task)]];
  }
}

async function fill(log: EventLog, steps: Iterator<Step>, events: number): Promise<void> {
  for (let position = log.head(); position < events; ) {
    const appends: Promise<unknown>[] = [];
    for (; appends.length < batch && position < events; ) {
      const [task, told] = steps.next().value as Step;
      const records = told.map((each, index) => record(each, position + index + 1));
      position += told.length;
      appends.push(log.append({ stream: streamOf(task), expectedVersion: 'any', records }));
    }
    await Promise.all(appends);
  }
}

export async function benchPast(host: Host): Promise<void> {
  const { past } = host.scale;
  await benchHistory(host, `${manyTasks} tasks live`, live(Math.min(manyTasks, past / 10)));
  await benchHistory(host, 'tasks come and go', comeAndGo());
  await benchAppends(host);
}

async function benchHistory(host: Host, name: string, steps: Iterator<Step>): Promise<void> {
  const { rounds } = host.scale;
  const root = host.path(name.replaceAll(' ', '-'));
  const head = await benchQuestions(host, join(root, 'log'), name, steps);
  const opened = { plugins: [], root, state: `${root}-state` };
  const run = async () => (await openShiplog(opened))[Symbol.asyncDispose]();
  const work = `open a root, and close it, ${head.toLocaleString('en')} events, ${name}`;
  report(await compare({ work, sides: [{ name: 'shiplog', run }], rounds }));
}

/** @returns how many events there are */
async function benchQuestions(host: Host, dir: string, name: string, steps: Iterator<Step>): Promise<number> {
  const { rounds, past } = host.scale;
  await using log = await LmdbEventLog.open(dir, { projections: [taskProjection] });
  await fill(log, steps, past);
  const head = log.head();
  const one = async (question: string, run: () => unknown, times = rounds * 4, pieces = 1) => {
    const work = `${question}, ${head.toLocaleString('en')} events, ${name}`;
    const sides = [{ name: 'shiplog', run: async () => void (await run()) }];
    report(await compare({ work, sides, rounds: times, pieces }));
  };
  const began = performance.now();
  await asOf(log, head);
  const seconds = (performance.now() - began) / 1_000;
  const anywhere = () => Math.ceil(Math.random() * head);
  await one('tasks as of a position', async () => (await asOf(log, anywhere())).tasks());
  await one('tasks as of a time', async () => (await asOf(log, timeAt(anywhere()))).tasks());
  await one('one state as of a position', async () => (await asOf(log, anywhere())).state(streamOf('t0')));
  await one('diff of two positions', async () =>
    stateChanges(await asOf(log, anywhere()), await asOf(log, anywhere())),
  );
  reportAmount('', 'all snapshots, made anew', `${seconds.toFixed(1)} s`);
  await one('replay', () => replay(log), Math.min(rounds, 3), head);
  reportAmount('', 'heap, most of it', `${heapOfReplay(log).toFixed(0)} MiB`);
  return head;
}

/** Appends with snapshots made beside them, as every open root has it, and without. */
async function benchAppends(host: Host): Promise<void> {
  await using shiplog = await openShiplog({ plugins: [], root: host.path('kept'), state: host.path('kept-state') });
  await using plain = await LmdbEventLog.open(host.path('unkept'), { projections: [taskProjection] });
  const logs: readonly (readonly [string, EventLog])[] = [
    ['shiplog', shiplog.log],
    ['the same without snapshots', plain],
  ];
  for (const [, log] of logs) await fill(log, live(1), batch);
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
