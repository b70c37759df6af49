/** A race with the clock of the host, which is set while everything is going on. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exit } from '@shiplog/core';
import type { Chance } from './chance.ts';
import type { Race } from './race.ts';
import { outcome, type RaceBench } from './race-bench.ts';

const SIGKILL = 9;
const second = 1_000;
const day = 86_400 * second;
const jumps = [-365 * day, -day, -3_600 * second, -2 * second, 0, 2 * second, 3_600 * second, day, 365 * day] as const;

/** Files get the kernel's time, which lags behind the clock by a tick. */
const tick = 20;

export const jumpingClock: Race = {
  name: 'a clock that jumps',
  rounds: 2,
  async run(bench, chance) {
    const real = Date.now;
    const began = real();
    const ended = new AbortController();
    // For this process; the monitors and the file system go on with the host's clock.
    const jumping = jump(chance, real, ended.signal);
    try {
      for (const exit of await everything(bench, chance)) {
        assert.equal(exit.certainty, 'observed');
        const at = Date.parse(exit.timestamp);
        assert.ok(
          at >= began - tick && at <= real() + tick,
          `it ended at ${exit.timestamp}, by the time of its monitor`,
        );
      }
    } finally {
      ended.abort();
      await jumping;
      Date.now = real;
    }
  },
};

async function jump(chance: Chance, real: () => number, ended: AbortSignal): Promise<void> {
  for (let last = 0; !ended.aborted; ) {
    const by = chance.pick(jumps);
    // There and back again by day and year, so that it meets every step with a jump that is new to it.
    last = last === 0 ? by : 0;
    const offset = last;
    Date.now = () => real() + offset;
    await chance.moment(40);
  }
}

async function everything(bench: RaceBench, chance: Chance): Promise<readonly Exit[]> {
  const task = await bench.started('sh', '-c', 'trap "exit 3" TERM; while :; do usleep 2000; done');
  const exec = await task.exec('side', bench.process('sh', '-c', `usleep ${chance.below(50_000)}; exit 4`));
  await exec.start();
  await task.pause();
  await task.resume();
  const side = await exec.wait();
  assert.equal(side.status, 4);
  await foundAgain(bench, task.id);
  // A deadline is a point of the clock when the call begins, and a length of time from then on.
  const asked = performance.now();
  assert.equal(await outcome(task.wait({ deadline: Date.now() + 100 }), 'deadline-exceeded'), 'deadline-exceeded');
  assert.ok(performance.now() - asked < 5 * second);
  await delay(chance.below(20));
  await task.kill(SIGKILL);
  const exit = await task.wait();
  assert.equal(exit.status, 128 + SIGKILL);
  await bench.delete(task);
  return [side, exit];
}

/** Whoever opens the root then neither misses a task that runs, nor takes it for another one. */
async function foundAgain(bench: RaceBench, id: string): Promise<void> {
  await using shiplog = await bench.openAgain({ hold: false });
  const task = await shiplog.runtime.get(id);
  assert.equal((await task.state()).status, 'running');
  assert.ok((await task.pids()).length > 0);
}
