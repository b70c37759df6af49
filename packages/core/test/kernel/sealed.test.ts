import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../src/kernel/exact-json.js';
import { keyOfSealed, seal, unseal } from '../../src/kernel/sealed.js';
import { sha256Of } from '../../src/kernel/typed-any.js';

describe('sealed secrets', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        expect(JSON.stringify(unseal(seal(values)))).toBe(JSON.stringify(values));
      }),
    );
  });

  it('keep numbers that JavaScript cannot', () => {
    const values = parseExactJson('{"/n":18446744073709551615}') as Record<string, unknown>;
    expect(JSON.stringify(unseal(seal(values)))).toBe('{"/n":18446744073709551615}');
  });

  it('have another hash each time, so that it tells nothing of a short secret', () => {
    const hashes = Array.from({ length: 10 }, () => sha256Of(seal({ '/env/0': 'PIN=1234' })));
    expect(new Set(hashes).size).toBe(10);
  });

  it('are noise without their key', () => {
    const blob = seal({ '/env/0': 'TOKEN=hush' });
    expect(blob.toString('latin1')).not.toContain('hush');
    keyOfSealed(blob)?.fill(0);
    expect(() => unseal(blob)).toThrow();
  });

  it('are told from what is none', () => {
    expect(keyOfSealed(seal({}))).toHaveLength(32);
    for (const bytes of [Buffer.of(), Buffer.from('sealed'), Buffer.from('{"ociVersion":"1.2.0"}')]) {
      expect(keyOfSealed(bytes)).toBeUndefined();
      expect(() => unseal(bytes)).toThrow('the secrets are damaged');
    }
  });
});
