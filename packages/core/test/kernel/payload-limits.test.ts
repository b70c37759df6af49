import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertPayloadLimits, maxPayloadBytes, maxPayloadDepth } from '../../src/kernel/payload-limits.js';
import { marshalAny, unmarshalAny } from '../../src/kernel/typed-any.js';

const nested = (depth: number) => Buffer.from('['.repeat(depth) + ']'.repeat(depth));

describe('A payload', () => {
  it('may be as deep as the limit, and no deeper', () => {
    assertPayloadLimits('the spec', nested(maxPayloadDepth));
    expect(() => assertPayloadLimits('the spec', nested(maxPayloadDepth + 1))).toThrow(
      'the spec is too deep: its lists and objects may stand 100 within each other',
    );
    const objects = Buffer.from('{"a":'.repeat(maxPayloadDepth + 1));
    expect(() => assertPayloadLimits('the spec', objects)).toThrow('too deep');
  });

  it('may have any brackets in its texts, and any number beside each other', () => {
    const text = JSON.stringify(['['.repeat(500), '\\"[['.repeat(500), ...Array.from({ length: 500 }, () => [])]);
    assertPayloadLimits('the spec', Buffer.from(text));
  });

  it('may be as large as the limit, and no larger', () => {
    assertPayloadLimits('the spec', new Uint8Array(maxPayloadBytes));
    expect(() => assertPayloadLimits('the spec', new Uint8Array(maxPayloadBytes + 1))).toThrow(
      'the spec is too large: it has 16777217 bytes, at most 16777216 are allowed',
    );
  });

  it('is as deep as it is, whatever stands in it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.integer({ min: 0, max: maxPayloadDepth }), (json, around) => {
        const text = `${'['.repeat(around)}${json}${']'.repeat(around)}`;
        const passes = around + depthOf(JSON.parse(json)) <= maxPayloadDepth;
        const check = () => assertPayloadLimits('it', Buffer.from(text));
        if (passes) expect(check).not.toThrow();
        else expect(check).toThrow('too deep');
      }),
    );
  });

  it('that is a typed any is held to the limits', () => {
    const any = { ...marshalAny('some/Type', 1), value: nested(100_000) };
    expect(() => unmarshalAny(any, 'some/Type')).toThrow('the value of type some/Type is too deep');
  });
});
