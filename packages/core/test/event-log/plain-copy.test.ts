import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainCopy } from '../../src/event-log/plain-copy.js';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('plainCopy', () => {
  it('is what JSON makes of any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const copy = plainCopy(value);
        if (copy !== undefined) expect(copy).toStrictEqual(throughJson(value));
      }),
    );
  });

  it('shares nothing with its original', () => {
    const value = { owner: { pid: 1 }, mounts: [{ target: '/' }] };
    const copy = plainCopy(value) as typeof value;
    expect(copy).toStrictEqual(value);
    expect(copy.owner).not.toBe(value.owner);
    expect(copy.mounts[0]).not.toBe(value.mounts[0]);
  });

  it('has no -0, as JSON has none', () => {
    expect(plainCopy({ offset: -0 })).toStrictEqual({ offset: 0 });
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;

  it.each<[string, unknown]>([
    ['a date', { at: new Date(0) }],
    ['undefined', { pid: undefined }],
    ['a hole', { pids: new Array(2) }],
    ['NaN', { pid: Number.NaN }],
    ['a bigint', { pid: 1n }],
    ['a function', { toJSON: () => 1 }],
    ['a class', { map: new Map() }],
    ['an own __proto__', JSON.parse('{"__proto__": {"pid": 1}}')],
    ['a cycle', cycle],
  ])('leaves %s to JSON', (_, value) => {
    expect(plainCopy(value)).toBeUndefined();
  });
});
