import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Requiring, startOrder } from '../../src/plugin/start-order.js';
import { handler, idOf, plugin, start } from './fixtures.js';

/** Any graph without a cycle: each plugin requires some of those that stand behind it, before they are shuffled. */
const acyclic: fc.Arbitrary<readonly Requiring[]> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 12 })
  .map((rows) =>
    rows.map((row, at) => {
      const behind = rows.length - at - 1;
      return { id: idOf(`p${at}`), requires: behind === 0 ? [] : row.map((n) => idOf(`p${at + 1 + (n % behind)}`)) };
    }),
  )
  .chain((plugins) => fc.shuffledSubarray(plugins, { minLength: plugins.length }));

const anyGraph: fc.Arbitrary<readonly Requiring[]> = fc
  .array(fc.array(fc.nat(11), { maxLength: 3 }), { maxLength: 12 })
  .map((rows) => rows.map((row, at) => ({ id: `${at}`, requires: row.map(String) })));

describe('the order of starts', () => {
  it('is a permutation in which everything stands behind what it requires', () => {
    fc.assert(
      fc.property(acyclic, (plugins) => {
        const { order, cycles } = startOrder(plugins);
        expect(cycles.size).toBe(0);
        expect(new Set(order)).toEqual(new Set(plugins));
        expect(order).toHaveLength(plugins.length);
        const at = new Map(order.map(({ id }, index) => [id, index]));
        for (const { id, requires = [] } of plugins) {
          for (const required of requires) expect(at.get(required)).toBeLessThan(at.get(id) ?? -1);
        }
      }),
    );
  });

  it('is the given one where nothing is required', () => {
    const plugins = ['c', 'a', 'b'].map((id) => ({ id }));
    expect(startOrder(plugins).order).toEqual(plugins);
  });

  it('names a cycle exactly where there is one, and loses nobody', () => {
    fc.assert(
      fc.property(anyGraph, (plugins) => {
        const { order, cycles } = startOrder(plugins);
        expect(new Set(order)).toEqual(new Set(plugins));
        for (const member of cycles.keys()) expect(reaches(plugins, member, member)).toBe(true);
        const cyclic = plugins.some((member) => reaches(plugins, member, member));
        expect(cycles.size > 0).toBe(cyclic);
      }),
    );
  });

  it('names a plugin that requires itself', () => {
    const self = { id: 'a', requires: ['a'] };
    expect([...startOrder([self]).cycles]).toEqual([[self, 'a -> a']]);
  });

  it('holds in the registry: no init runs before those it requires have ended (R1)', async () => {
    await fc.assert(
      fc.asyncProperty(acyclic, async (graph) => {
        const ended = new Set<string>();
        const early: string[] = [];
        const manifests = graph.map(({ id, requires = [] }) => ({
          ...plugin('any'),
          id,
          requires,
          init: async () => {
            early.push(...requires.filter((required) => !ended.has(required)));
            await Promise.resolve();
            ended.add(id);
            return handler();
          },
        }));
        await using boot = await start(manifests);
        expect(early).toEqual([]);
        expect(boot.registry.reports.map(({ status }) => status)).toEqual(graph.map(() => 'ok'));
      }),
      { numRuns: 25 },
    );
  });
});

function reaches(plugins: readonly Requiring[], from: Requiring, to: Requiring): boolean {
  const seen = new Set<Requiring>();
  const queue = [from];
  for (const { requires = [] } of queue) {
    for (const next of plugins.filter(({ id }) => requires.includes(id))) {
      if (next === to) return true;
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return false;
}
