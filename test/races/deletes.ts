/** Races about deletes, and about execs of a task that is at its end. */
import assert from 'node:assert/strict';
import type { ExecProcess } from '@shiplog/core';
import type { Race } from './race.ts';
import { outcome, type RaceBench } from './race-bench.ts';

const SIGKILL = 9;

export const deleteWhileExecRuns: Race = {
  name: 'delete while an exec runs',
  rounds: 3,
  async run(bench, chance) {
    const task = await bench.started('sleep', '1000');
    const execs: ExecProcess[] = [];
    for (let count = 1 + chance.below(3); count > 0; count -= 1) {
      const exec = await task.exec(`side-${count}`, bench.process('sleep', '1000'));
      await exec.start();
      execs.push(exec);
    }
    assert.equal(await outcome(bench.delete(task), 'failed-precondition'), 'failed-precondition');
    for (const exec of execs) {
      assert.equal(await outcome(exec.delete(), 'failed-precondition'), 'failed-precondition');
      assert.equal((await exec.state()).status, 'running');
    }
    const exits = execs.map((exec) => exec.wait());
    const killing = task.kill(SIGKILL);
    await chance.moment(20);
    // Its own exit may be in the log before those of its execs.
    while ((await outcome(bench.delete(task), 'failed-precondition')) !== 'done') await chance.moment(3);
    await killing;
    for (const exit of await Promise.all(exits)) {
      assert.partialDeepStrictEqual(exit, { status: 137, certainty: 'observed' });
    }
  },
};

export const execWhileInitExits: Race = {
  name: 'an exec while the init exits',
  rounds: 5,
  async run(bench, chance) {
    const task = await bench.started('sh', '-c', `usleep ${chance.below(80_000)}; exit 3`);
    await chance.moment(40);
    const [status, others] = await Promise.all([execIn(bench, task.id), execIn(bench, task.id)]);
    for (const ended of [status, others]) assert.ok([undefined, 4, 137].includes(ended), `an exec ended with ${ended}`);
    assert.partialDeepStrictEqual(await task.wait(), { status: 3, certainty: 'observed' });
    await bench.delete(task);
  },
};

let execs = 0;

/** The exit status of an exec that ends at once; undefined where the task had ended before. */
async function execIn(bench: RaceBench, id: string): Promise<number | undefined> {
  const task = await bench.owners[0].runtime.get(id);
  const name = `side-${++execs}`;
  const late = ['failed-precondition', 'not-found'] as const;
  if ((await outcome(task.exec(name, bench.process('sh', '-c', 'exit 4')), ...late)) !== 'done') return undefined;
  const exec = await task.process(name);
  if ((await outcome(exec.start(), ...late)) !== 'done') return undefined;
  const { status, certainty } = await exec.wait();
  assert.equal(certainty, 'observed');
  return status;
}

export const twoDeletes: Race = {
  name: 'two deletes',
  rounds: 3,
  async run(bench, chance) {
    const { runtime } = bench.owners[0];
    const task = await bench.started('sh', '-c', 'exit 6');
    await task.wait();
    const deletes = bench.owners.map(async (owner) => {
      await chance.moment(150);
      return outcome(owner.runtime.delete(task.id), 'not-found');
    });
    // From other processes as well, which take some time to begin.
    const ends = await Promise.all([...deletes, deleteByCommand(bench, task.id), deleteByCommand(bench, task.id)]);
    assert.deepEqual(ends.toSorted(), ['done', 'not-found', 'not-found', 'not-found']);
    assert.equal((await task.wait()).status, 6);
    // The name is free, and nobody who was late takes what has it now.
    const next = await bench.create(bench.opts(['true']), task.id);
    assert.equal((await next.state()).status, 'created');
    await runtime.delete(task.id);
  },
};

async function deleteByCommand(bench: RaceBench, id: string): Promise<string> {
  const { exitCode, stderr } = await bench.command('delete', id);
  if (exitCode !== 0) assert.match(stderr, /does not exist/);
  return exitCode === 0 ? 'done' : 'not-found';
}

export const waitFromTen: Race = {
  name: 'wait from ten processes',
  rounds: 1,
  async run(bench, chance) {
    const task = await bench.started('sh', '-c', `usleep ${chance.below(900_000)}; exit 8`);
    const waits = Array.from({ length: 10 }, async () => {
      await chance.moment(600);
      return bench.command('wait', '--json', task.id);
    });
    const exit = await task.wait();
    for (const { exitCode, stdout } of await Promise.all(waits)) {
      assert.equal(exitCode, 8);
      assert.partialDeepStrictEqual(JSON.parse(stdout), { exitStatus: 8, exitedAt: exit.timestamp });
    }
    assert.equal(bench.events(task.id).filter(({ type }) => type === '/tasks/exit').length, 1);
    await bench.delete(task);
  },
};
