/** Each rule is there for a mistake: the suite finds it, and says by which rule. */
import { afterEach, describe, expect, it } from 'vitest';
import { runSuite } from '../src/run-suite.js';
import { runtimeSubject, runtimeSuite } from '../src/runtime-suite.js';
import { openHost } from './host-harness.js';
import { endLeaks, wrongRuntimes } from './wrong-runtimes.js';

afterEach(endLeaks);

describe('a runtime that', () => {
  it.each(wrongRuntimes)(
    '$what is caught by $rule',
    { timeout: 30_000 },
    async ({ make, rule, timeLimit = 20_000 }) => {
      const subject = runtimeSubject({ capabilities: [], open: () => openHost(make) });
      const [result] = await Array.fromAsync(runSuite(runtimeSuite, subject, { only: [rule], timeLimit }));
      expect(result).toMatchObject({ rule, outcome: 'failed', reason: expect.any(String) });
    },
  );

  it('is right passes each of these', { timeout: 30_000 }, async () => {
    const subject = runtimeSubject({ capabilities: [], open: () => openHost() });
    const only = [...new Set(wrongRuntimes.map(({ rule }) => rule))];
    const results = await Array.fromAsync(runSuite(runtimeSuite, subject, { only }));
    expect(results.map(({ rule, outcome }) => `${rule} ${outcome}`).sort()).toEqual(
      only.map((rule) => `${rule} passed`).sort(),
    );
  });
});
