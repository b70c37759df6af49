/** Races with a kernel that kills, and that keeps the dead. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagedTask } from '@shiplog/core';
import type { OciSpec } from '@shiplog/oci';
import { monitorsOf } from '../crash/host.ts';
import { leaderlessProgram, leaderlessStatus } from './leaderless.ts';
import type { Race } from './race.ts';
import { outcome, type RaceBench } from './race-bench.ts';

const SIGKILL = 9;

const limitedMemory = (spec: OciSpec): OciSpec => ({
  ...spec,
  linux: { ...spec.linux, resources: { ...spec.linux?.resources, memory: { limit: 16 * 2 ** 20 } } },
});

export const wantOfMemory: Race = {
  name: 'an OOM kill, told apart from a plain 137',
  rounds: 2,
  async run(bench, chance) {
    const [hungry, modest] = [
      await bench.create(bench.opts(['sh', '-c', 'tail /dev/zero'], limitedMemory)),
      await bench.create(bench.opts(['sleep', '1000'], limitedMemory)),
    ];
    await Promise.all([hungry.start(), modest.start()]);
    await chance.moment(100);
    await modest.kill(SIGKILL);
    assert.partialDeepStrictEqual(await hungry.wait(), { status: 137, certainty: 'observed', oomKilled: true });
    const plain = await modest.wait();
    assert.partialDeepStrictEqual(plain, { status: 137, certainty: 'observed' });
    assert.ok(!plain.oomKilled, 'what was killed by its user was said to be killed for want of memory');
    assert.deepEqual([ooms(bench, hungry), ooms(bench, modest)], [1, 0]);
    for (const task of [hungry, modest]) await bench.delete(task);
  },
};

const ooms = (bench: RaceBench, { id }: ManagedTask) =>
  bench.events(id).filter(({ type }) => type === '/tasks/oom').length;

export const zombies: Race = {
  name: 'a dead init that nobody has reaped',
  rounds: 2,
  async run(bench, chance) {
    const task = await bench.started('sh', '-c', `usleep ${chance.below(30_000)}; exit 5`);
    const monitors = monitorsOf(bench.dir);
    for (const pid of monitors) process.kill(pid, 'SIGSTOP');
    try {
      await chance.moment(60);
      await outcome(task.kill(SIGKILL), 'not-found');
      // Nobody has told of its exit yet, unless that was before, and so nobody makes one up.
      const { exit } = await task.state();
      assert.ok(exit === undefined || exit.certainty === 'observed', `it is said to have ended with ${exit?.status}`);
    } finally {
      for (const pid of monitors) process.kill(pid, 'SIGCONT');
    }
    const { status, certainty } = await task.wait();
    assert.equal(certainty, 'observed');
    assert.ok([5, 137].includes(status), `it ended with ${status}`);
    await bench.delete(task);
  },
};

export const unreapedChildren: Race = {
  name: 'an init that reaps no zombie',
  rounds: 1,
  async run(bench, chance) {
    const task = await bench.started('sh', '-c', '(for i in 1 2 3 4 5; do (usleep 1000 &); done); exec sleep 1000');
    const exec = await task.exec('side', bench.process('sh', '-c', '(usleep 1000 &); exit 4'));
    await exec.start();
    assert.partialDeepStrictEqual(await exec.wait(), { status: 4, certainty: 'observed' });
    await chance.moment(20);
    await task.kill(SIGKILL);
    assert.partialDeepStrictEqual(await task.wait(), { status: 137, certainty: 'observed' });
    await bench.delete(task);
  },
};

export const leaderless: Race = {
  name: 'a zombie init whose threads live',
  rounds: 1,
  ...(process.arch !== 'x64' && { skip: 'the program for it is one for x86-64' }),
  async run(bench, chance) {
    for (const seconds of [1, 1000]) {
      const program = join(bench.rootfs, 'bin', `leaderless-${seconds}`);
      if (!existsSync(program)) writeFileSync(program, leaderlessProgram(seconds), { mode: 0o755 });
    }
    const [killed, left] = [await bench.started('leaderless-1000'), await bench.started('leaderless-1')];
    const tasks = [killed, left];
    for (const task of tasks) {
      const pid = await task.pid();
      while (!isZombie(pid)) await chance.moment(3);
    }
    assert.equal((await killed.state()).status, 'running');
    assert.equal(await outcome(bench.delete(killed), 'failed-precondition'), 'failed-precondition');
    await killed.kill(SIGKILL, { all: chance.below(2) === 0 });
    assert.partialDeepStrictEqual(await killed.wait(), { status: 128 + SIGKILL, certainty: 'observed' });
    assert.partialDeepStrictEqual(await left.wait(), { status: leaderlessStatus, certainty: 'observed' });
    for (const task of tasks) await bench.delete(task);
  },
};

const isZombie = (pid: number) => / Z \d+ /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
