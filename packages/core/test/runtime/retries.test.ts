import { describe, expect, it } from 'vitest';
import { Retries } from '../../src/runtime/retries.js';

const soon = { first: 1, most: 2 };

describe('Work that could not be done', () => {
  it('is tried again until it is done, and each thing that goes wrong is told once', async () => {
    const told: unknown[] = [];
    using retries = new Retries((error) => told.push(error), soon);
    const [hangs, full] = [new Error('it hangs'), new Error('the disk is full')];
    const tries = [hangs, hangs, false, full, full, true];
    const done = Promise.withResolvers<void>();
    retries.later('web', async () => {
      const next = tries.shift();
      if (next instanceof Error) throw next;
      if (next) done.resolve();
      return next === true;
    });
    await done.promise;
    expect(tries).toEqual([]);
    expect(told).toEqual([hangs, full]);
  });

  it('is underway once, and can be begun anew when it is done', async () => {
    using retries = new Retries(() => undefined, soon);
    const runs: string[] = [];
    const run = (name: string) => {
      const done = Promise.withResolvers<void>();
      retries.later('web', async () => {
        runs.push(name);
        done.resolve();
        return true;
      });
      return done.promise;
    };
    const first = run('first');
    void run('second');
    await first;
    await new Promise(setImmediate);
    await run('third');
    expect(runs).toEqual(['first', 'third']);
  });

  it('is given up when the root is closed', async () => {
    const told: unknown[] = [];
    const retries = new Retries((error) => told.push(error), soon);
    const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
    let runs = 0;
    retries.later('web', () => {
      runs += 1;
      begun.resolve();
      return mayEnd.promise;
    });
    await begun.promise;
    retries[Symbol.dispose]();
    mayEnd.reject(new Error('the log is closed'));
    retries.later('web', async () => {
      runs += 1;
      return true;
    });
    await expect(mayEnd.promise).rejects.toThrow();
    expect([runs, told]).toEqual([1, []]);
  });
});
