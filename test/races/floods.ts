/** Races with tasks that take, or are given, more than there is room for. */
import assert from 'node:assert/strict';
import { attachedStdin } from '@shiplog/core';
import { type OciSpec, tailCriLog } from '@shiplog/oci';
import type { Race } from './race.ts';
import { outcome, type RaceBench } from './race-bench.ts';

const SIGKILL = 9;
const mebibyte = 2 ** 20;

export const muchOutput: Race = {
  name: 'a flood of output, then an exit',
  rounds: 1,
  patience: 120_000,
  async run(bench) {
    const script = `dd if=/dev/zero bs=1M count=${bench.outputMiB} 2>/dev/null; echo; echo the end; exit 3`;
    const before = process.memoryUsage().rss;
    const task = await bench.started('sh', '-c', script);
    assert.partialDeepStrictEqual(await task.wait(), { status: 3, certainty: 'observed' });
    // It is between the task, its monitor and the disk.
    const grown = (process.memoryUsage().rss - before) / mebibyte;
    assert.ok(grown < 50, `${grown} MiB of the output were in the memory of its owner`);
    const { bytes, last } = await outputOf(bench, task.id);
    assert.equal(bytes, bench.outputMiB * mebibyte + '\nthe end\n'.length);
    assert.equal(last, 'the end\n');
    await bench.delete(task);
  },
};

async function outputOf(bench: RaceBench, id: string): Promise<{ readonly bytes: number; readonly last: string }> {
  const path = bench.owners[0].runtime.outputPath(id, '');
  let count = 0;
  let last = Buffer.alloc(0);
  const damaged = () => assert.fail('a line of the log is no record');
  for await (const batch of tailCriLog(path, AbortSignal.abort(), 0, damaged)) {
    for (const { bytes } of batch) count += bytes.length;
    last = Buffer.from(batch.at(-1)?.bytes ?? '');
  }
  return { bytes: count, last: last.toString() };
}

const maxProcesses = 64;
const limitedPids = (spec: OciSpec): OciSpec => ({
  ...spec,
  linux: { ...spec.linux, resources: { ...spec.linux?.resources, pids: { limit: maxProcesses } } },
});

export const forkBomb: Race = {
  name: 'a task that forks without end',
  rounds: 1,
  async run(bench, chance) {
    // A shell ends when it cannot fork; awk tries again.
    const bomb = `awk 'BEGIN { while (1) system("sleep 1000 &") }'`;
    const task = await bench.create(bench.opts(['sh', '-c', `${bomb} 2>/dev/null & exec sleep 1000`], limitedPids));
    await task.start();
    while ((await task.pids()).length < maxProcesses / 2) await chance.moment(5);
    await chance.moment(100);
    assert.ok((await task.pids()).length <= maxProcesses);
    // There may be no room for it: its failure is told, and the task goes on.
    const exec = await task.exec('side', bench.process('true'));
    await outcome(exec.start({ deadline: Date.now() + 2_000 }), 'unknown', 'deadline-exceeded', 'unavailable');
    assert.equal((await task.state()).status, 'running');
    const handles = await bench.handles(task);
    const all = chance.below(2) === 0;
    await Promise.all(handles.map((handle) => outcome(handle.kill(SIGKILL, { all }), 'not-found')));
    const exit = await task.wait({ deadline: Date.now() + 10_000 });
    assert.partialDeepStrictEqual(exit, { status: 137, certainty: 'observed' });
    await bench.delete(task);
  },
};

export const stdinNeverRead: Race = {
  name: 'a task whose stdin is never read',
  rounds: 2,
  async run(bench, chance) {
    const stdin = chance.pick([attachedStdin.once, attachedStdin.keep]);
    const script = `usleep ${100_000 + chance.below(100_000)}; exit 6`;
    const task = await bench.create({ ...bench.opts(['sh', '-c', script]), io: { stdin } });
    const [one, other] = await bench.handles(task);
    await using attached = await one.attach({ stdin: true });
    await using second = await other.attach({ stdin: true });
    await task.start();
    // More than all pipes on the way hold: it is held back until the task ends, and then it is not taken.
    const writing = writeUntilRefused(attached);
    await chance.moment(100);
    const busy = writeUntilRefused(second);
    if (chance.below(3) === 0) await outcome(task.closeIO(), 'failed-precondition');
    if (chance.below(3) === 0) await outcome(task.kill(SIGKILL), 'not-found');
    const { status, certainty } = await task.wait({ deadline: Date.now() + 5_000 });
    assert.equal(certainty, 'observed');
    assert.ok([6, 137].includes(status), `it ended with ${status}`);
    assert.ok((await Promise.all([writing, busy])).every((count) => count < 64));
    await bench.delete(task);
  },
};

/** @returns how many MiB were taken */
async function writeUntilRefused(attachment: { write(bytes: Uint8Array): Promise<boolean> }): Promise<number> {
  const bytes = Buffer.alloc(mebibyte);
  let taken = 0;
  while (taken < 64 && (await attachment.write(bytes))) taken += 1;
  return taken;
}
