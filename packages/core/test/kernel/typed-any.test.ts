import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../src/kernel/errors.js';
import { marshalAny, sha256Of, typeUrls, unmarshalAny } from '../../src/kernel/typed-any.js';

describe('a typed any', () => {
  it("has containerd's names", () => {
    expect(typeUrls).toEqual({
      spec: 'types.containerd.io/opencontainers/runtime-spec/1/Spec',
      process: 'types.containerd.io/opencontainers/runtime-spec/1/Process',
      linuxResources: 'types.containerd.io/opencontainers/runtime-spec/1/LinuxResources',
      features: 'types.containerd.io/opencontainers/runtime-spec/1/features/Features',
    });
  });

  it('is the JSON of its value, in UTF-8', () => {
    const any = marshalAny(typeUrls.spec, { hostname: 'é' });
    expect(any.typeUrl).toBe(typeUrls.spec);
    expect(Buffer.from(any.value).toString('utf8')).toBe('{"hostname":"é"}');
    expect(unmarshalAny(any, typeUrls.spec)).toEqual({ hostname: 'é' });
  });

  it('of another type is refused, with both names', () => {
    const any = marshalAny(typeUrls.process, {});
    expect(() => unmarshalAny(any, typeUrls.spec)).toThrow(
      `expected a value of type ${typeUrls.spec}, got ${typeUrls.process}`,
    );
  });

  it.each([
    ['no JSON', Buffer.from('{')],
    ['nothing', Buffer.from('')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('that is %s is refused', (_what, value) => {
    expect(() => unmarshalAny({ typeUrl: typeUrls.spec, value }, typeUrls.spec)).toThrow(InvalidArgumentError);
    expect(() => unmarshalAny({ typeUrl: typeUrls.spec, value }, typeUrls.spec)).toThrow(/is not valid JSON/);
  });
});

it('a SHA-256 is that of FIPS 180', () => {
  expect(sha256Of(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
