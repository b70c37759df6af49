/**
 * `npm run demo`: the main job on real containers. One spec on three backends, by changing one word: runc, crun, and
 * containerd's shim; what the log says of it; a task that outlives the process which owned it; and the state replayed from the log.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManagedTask, marshalAny, type Shiplog, typeUrls, verifyProjection } from '@shiplog/core';
import { buildSpec, execProcess, findProgram, tailCriLog, updateResources } from '@shiplog/oci';
import { open } from './open.ts';
import { chapter, isInterrupted, seconds, step, table } from './story.ts';

const { SIGKILL, SIGUSR1 } = constants.signals;
const mebibyte = 1024 * 1024;
const home = await mkdtemp(join(tmpdir(), 'shiplog-demo-'));
const [root, state, rootfs] = [join(home, 'root'), join(home, 'state'), join(home, 'rootfs')];

async function makeRootfs(): Promise<void> {
  await mkdir(join(rootfs, 'bin'), { recursive: true });
  await cp('/bin/busybox', join(rootfs, 'bin', 'busybox'));
  for (const name of ['sh', 'sleep', 'echo', 'cat', 'hostname']) await symlink('busybox', join(rootfs, 'bin', name));
}

await makeRootfs();
const spec = buildSpec({
  rootfs,
  args: ['sh', '-c', 'echo hello from busybox; while :; do sleep 1; done'],
  memory: 64 * mebibyte,
});

async function output(shiplog: Shiplog, id: string, execId = ''): Promise<string> {
  const pieces: Buffer[] = [];
  // With a signal that has fired, it gives what is there and ends.
  for await (const records of tailCriLog(shiplog.runtime.outputPath(id, execId), AbortSignal.abort())) {
    for (const { bytes } of records) pieces.push(Buffer.from(bytes));
  }
  return Buffer.concat(pieces).toString().trim();
}

/** Runs a command in the task, and gives what it printed. */
async function execIn(shiplog: Shiplog, task: ManagedTask, id: string, args: string[]): Promise<string> {
  const process = execProcess(spec.process, { rootfs, args });
  const exec = await task.exec(id, { spec: marshalAny(typeUrls.process, process) });
  await exec.start();
  const exit = await exec.wait();
  const printed = await output(shiplog, task.id, id);
  await exec.delete();
  return `exit ${exit.status}, printed: ${printed}`;
}

async function lifecycle(shiplog: Shiplog, runtime: string): Promise<void> {
  chapter(`A busybox container on ${runtime}`);
  const id = 'web';
  const readLimit = [
    'sh',
    '-c',
    'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || :',
  ];
  const task = await step(
    'create',
    () => shiplog.runtime.create(id, { runtime, spec: marshalAny(typeUrls.spec, spec) }),
    () => 'created, not started',
  );
  await step(
    'start',
    async () => {
      await task.start();
      return task.pid();
    },
    (pid) => `pid ${pid}`,
  );
  await step(
    "exec: sh -c 'echo $((6 * 7)); exit 7'",
    () => execIn(shiplog, task, 'sum', ['sh', '-c', 'echo $((6 * 7)); exit 7']),
    String,
  );
  await step(
    'pause',
    async () => {
      await task.pause();
      return task.state();
    },
    ({ status }) => status,
  );
  await step(
    'resume',
    async () => {
      await task.resume();
      return task.state();
    },
    ({ status }) => status,
  );
  await step('exec: its memory limit', () => execIn(shiplog, task, 'before', readLimit), String);
  await step('update: memory limit to 32 MiB', () =>
    task.update(marshalAny(typeUrls.linuxResources, updateResources({ memory: 32 * mebibyte }))),
  );
  await step('exec: its memory limit, read back', () => execIn(shiplog, task, 'after', readLimit), String);
  await step(
    'its output',
    () => output(shiplog, id),
    (text) => text,
  );
  await step(
    'kill -KILL, wait',
    async () => {
      await task.kill(SIGKILL);
      return task.wait();
    },
    (exit) => `exit ${exit.status}, ${exit.certainty} at ${exit.timestamp}`,
  );
  await step('delete', () => shiplog.runtime.delete(id));
}

async function orphan(): Promise<void> {
  chapter('The process that owns a running task is killed; another finds the task again');
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), root, state, rootfs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(owner, 'exit');
  await step(`process ${owner.pid} creates and starts a task`, () => once(owner.stdout, 'data'));
  await step(`kill -KILL ${owner.pid}`, async () => {
    owner.kill('SIGKILL');
    await ended;
  });
  const shiplog = await step(`process ${process.pid} opens the root`, () => open(root, state));
  try {
    const task = await shiplog.runtime.get('orphan');
    await step(
      'the task is still there',
      () => task.state(),
      ({ status, pid }) => `${status}, pid ${pid}`,
    );
    await step(
      'its output',
      () => output(shiplog, 'orphan'),
      (text) => text,
    );
    await step(
      'it is told to end, and its exit code is there',
      async () => {
        await task.kill(SIGUSR1);
        return task.wait();
      },
      (exit) => `exit ${exit.status}, ${exit.certainty}`,
    );
    await step('delete', () => shiplog.runtime.delete('orphan'));
  } finally {
    await shiplog[Symbol.asyncDispose]();
  }
}

/** Where a step failed, or was not begun any more, its task is still there. */
async function removeAll(): Promise<void> {
  await using shiplog = await open(root, state);
  for (const task of await shiplog.runtime.tasks()) {
    const { status } = await task.state();
    if (status !== 'stopped' && status !== 'created') {
      await task.kill(SIGKILL);
      await task.wait();
    }
    await shiplog.runtime.delete(task.id);
  }
}

function eventTable(shiplog: Shiplog): void {
  const rows = [...shiplog.log.read()].map(({ position, time, runtime, task, type, event }) => [
    String(position),
    time.slice(11, 23),
    runtime.replace('io.containerd.', ''),
    task,
    type,
    ['pid', 'execId', 'signal', 'exitStatus', 'message']
      .filter((name) => event[name] !== undefined && event[name] !== '')
      .map((name) => `${name}=${event[name]}`)
      .join(' '),
  ]);
  table([['#', 'time', 'runtime', 'task', 'event', ''], ...rows]);
}

try {
  {
    await using shiplog = await open(root, state);
    for (const { id, status, notes } of shiplog.plugins)
      for (const note of notes) console.log(`${id} (${status}): ${note}`);
    await lifecycle(shiplog, 'io.containerd.runc.v2');
    console.log('\nNow the same spec on another runtime: one word changes, runc.v2 to crun.v1.');
    await lifecycle(shiplog, 'io.containerd.crun.v1');
    const shim = findProgram('containerd-shim-runc-v2');
    if (shim === undefined)
      console.log('\nThere is no third one: containerd-shim-runc-v2 is missing (apt-get install containerd).');
    else {
      console.log("\nAnd a third time: the word is a path now, that of containerd's own shim.");
      await lifecycle(shiplog, shim);
    }
  }
  await orphan();
  await using shiplog = await open(root, state);
  chapter('What the log says');
  eventTable(shiplog);
  chapter('The state, replayed from the log and compared with the stored state');
  const { records, streams, differences } = verifyProjection(shiplog.log);
  console.log(`  ${records} events of ${streams} tasks replayed: ${differences.length} differences`);
  if (differences.length > 0) throw new Error('the replayed state is not the stored state');
  console.log(`\nDone in ${seconds()} s.`);
} catch (error) {
  if (!isInterrupted()) throw error;
  process.exitCode = 130;
} finally {
  await removeAll();
  await rm(home, { recursive: true, force: true });
}
