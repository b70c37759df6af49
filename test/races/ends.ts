/** Races about the end of a task's first process. */
import assert from 'node:assert/strict';
import { killAll } from '../crash/host.ts';
import type { Race } from './race.ts';
import { outcome } from './race-bench.ts';

const SIGKILL = 9;
const SIGTERM = 15;

export const exitBeforeStartReturns: Race = {
  name: 'an exit before start returns',
  rounds: 4,
  async run(bench, chance) {
    const status = chance.pick([0, 7, 255]);
    const task = await bench.create(bench.opts(['sh', '-c', `exit ${status}`]));
    const [, other] = await bench.handles(task);
    const heard = other.wait();
    await task.start();
    const exit = await task.wait();
    assert.partialDeepStrictEqual(exit, { status, certainty: 'observed' });
    assert.deepEqual(await heard, exit);
    await bench.delete(task);
  },
};

export const killBeforeStartReturns: Race = {
  name: 'a kill from outside before start returns',
  rounds: 4,
  async run(bench, chance) {
    const task = await bench.create(bench.opts(['sleep', '1000']));
    const pid = await task.pid();
    const starting = outcome(task.start(), 'failed-precondition', 'not-found');
    await chance.moment(20);
    killAll([pid]);
    const started = await starting;
    assert.partialDeepStrictEqual(await task.wait(), { status: 137, certainty: 'observed' });
    const facts = bench.events(task.id).map(({ type }) => type);
    assert.equal(facts.includes('/tasks/start'), started === 'done');
    await bench.delete(task);
  },
};

export const killOfExited: Race = {
  name: 'a kill of a process that just exited',
  rounds: 6,
  async run(bench, chance) {
    const task = await bench.started('sh', '-c', `usleep ${chance.below(40_000)}; exit 5`);
    const begun = task.exec('side', bench.process('sleep', '1000')).then((exec) => exec.start());
    const side = outcome(begun, 'failed-precondition', 'not-found');
    const exit = task.wait();
    await chance.moment(60);
    const handles = await bench.handles(task);
    const options = { all: chance.below(3) === 0 };
    const killed = await Promise.all(handles.map((handle) => outcome(handle.kill(SIGKILL, options), 'not-found')));
    const { status, certainty } = await exit;
    assert.equal(certainty, 'observed');
    assert.ok(
      killed.includes('done') ? [5, 137].includes(status) : status === 5,
      `${killed}, and it ended with ${status}`,
    );
    assert.equal(await outcome(task.kill(SIGKILL), 'not-found'), 'not-found');
    await side;
    await bench.delete(task);
  },
};

export const pauseAndKill: Race = {
  name: 'pause and kill',
  rounds: 8,
  async run(bench, chance) {
    const task = await bench.started('sleep', '1000');
    const [one, other] = await bench.handles(task);
    // Whichever comes second finds a task that has ended.
    const late = ['failed-precondition', 'not-found'] as const;
    const pausing = outcome(one.pause(), ...late);
    const resuming =
      chance.below(2) === 0
        ? outcome(
            chance.moment(20).then(() => one.resume()),
            ...late,
          )
        : undefined;
    await chance.moment(20);
    await other.kill(SIGKILL);
    const exit = await other.wait({ deadline: Date.now() + 10_000 });
    assert.partialDeepStrictEqual(exit, { status: 137, certainty: 'observed' });
    await Promise.all([pausing, resuming]);
    assert.partialDeepStrictEqual(await one.state(), { status: 'stopped', exit });
    await bench.delete(task);
  },
};

export const ignoresTerm: Race = {
  name: 'a task that ignores SIGTERM',
  rounds: 1,
  async run(bench, chance) {
    const script = 'trap "" TERM; while :; do usleep 5000; done';
    const task = await bench.started('sh', '-c', script);
    const handles = await bench.handles(task);
    await Promise.all(handles.map((handle) => handle.kill(SIGTERM)));
    assert.equal(await outcome(task.wait({ deadline: Date.now() + 100 }), 'deadline-exceeded'), 'deadline-exceeded');
    assert.equal((await task.state()).status, 'running');
    await Promise.all([
      outcome(handles[0].kill(SIGTERM), 'not-found'),
      chance.moment(10).then(() => handles[1].kill(SIGKILL)),
    ]);
    assert.partialDeepStrictEqual(await task.wait(), { status: 137, certainty: 'observed' });
    await bench.delete(task);
  },
};
