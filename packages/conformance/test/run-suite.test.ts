import { describe, expect, it } from 'vitest';
import type { Rule, Subject, Suite } from '../src/rule.js';
import { type RunSuiteOptions, runSuite } from '../src/run-suite.js';

interface Bench {
  readonly closed: string[];
  close(): Promise<void>;
}

const suiteOf = (...rules: Rule<Bench>[]): Suite<Bench> => ({ contract: 'Thing', chapters: [{ title: 'all', rules }] });
const passing: Rule<Bench> = { id: 'A1', text: 'it is well', check: async () => undefined };

async function outcomes(suite: Suite<Bench>, subject: Partial<Subject<Bench>> = {}, options: RunSuiteOptions = {}) {
  const closed: string[] = [];
  const open = async () => ({ closed, close: async () => void closed.push('closed') });
  const results = await Array.fromAsync(runSuite(suite, { open, ...subject }, options));
  return {
    closed,
    told: results.map(({ rule, outcome, reason }) => [rule, outcome, reason].filter(Boolean).join(' ')),
  };
}

describe('a rule', () => {
  it('is checked on something new, which is closed again', async () => {
    const { told, closed } = await outcomes(suiteOf(passing, { ...passing, id: 'A2' }));
    expect(told).toEqual(['A1 passed', 'A2 passed']);
    expect(closed).toHaveLength(2);
  });

  it('that is broken says why, and stops no other', async () => {
    const check = () => Promise.reject(new Error('expected 1 to be 2\n\n- Expected'));
    const { told, closed } = await outcomes(suiteOf({ ...passing, check }, { ...passing, id: 'A2' }));
    expect(told).toEqual(['A1 failed expected 1 to be 2', 'A2 passed']);
    expect(closed).toHaveLength(2);
  });

  it('that hangs has failed', async () => {
    const { told } = await outcomes(
      suiteOf({ ...passing, check: () => new Promise(() => undefined) }),
      {},
      { timeLimit: 5 },
    );
    expect(told).toEqual(['A1 failed it hung: it took longer than 5 ms']);
  });

  it('that needs what is not named does not apply', async () => {
    const suite = suiteOf(
      { ...passing, needs: ['exec', 'pause'] },
      { ...passing, id: 'A2', unless: () => 'it is alone' },
    );
    expect((await outcomes(suite, { capabilities: ['exec'] })).told).toEqual([
      'A1 not-applicable it needs pause',
      'A2 not-applicable it is alone',
    ]);
    expect((await outcomes(suite)).told[0]).toBe('A1 passed');
  });

  it('after which nothing can be cleaned up has failed', async () => {
    const open = async () => ({ closed: [], close: () => Promise.reject(new Error('still busy')) });
    expect((await outcomes(suiteOf(passing), { open })).told).toEqual(['A1 failed still busy']);
  });

  it('is left out where others are asked for', async () => {
    const suite = suiteOf(passing, { ...passing, id: 'A2' }, { ...passing, id: 'B1' });
    expect((await outcomes(suite, {}, { only: ['A2', 'B'] })).told).toEqual(['A2 passed', 'B1 passed']);
  });
});
