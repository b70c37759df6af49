import { InvalidArgumentError } from '@shiplog/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCpus, parseMemorySize, parsePidsLimit } from '../../src/spec/quantities.js';

describe('an amount of memory', () => {
  it.each([
    ['67108864', 67_108_864],
    ['512b', 512],
    ['512k', 524_288],
    ['64m', 67_108_864],
    ['64M', 67_108_864],
    ['64mb', 67_108_864],
    ['64MiB', 67_108_864],
    ['64Mi', 67_108_864],
    ['1g', 1_073_741_824],
    ['1.5g', 1_610_612_736],
    ['2t', 2_199_023_255_552],
    ['-1', -1],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes);
  });

  it.each(['', 'm', '0', '0k', '64x', '64 m', '-2', '-64m', '1e9', '0x10', 'Infinity', 'NaN', '1..5g', '9999999t'])(
    '%j is refused, with what to write',
    (text) => {
      expect(() => parseMemorySize(text)).toThrow(InvalidArgumentError);
      expect(() => parseMemorySize(text)).toThrow(/such as 64m or 1g/);
    },
  );
});

describe('a number of CPUs', () => {
  it.each([
    ['1', 1],
    ['0.5', 0.5],
    ['.25', 0.25],
    ['2.', 2],
    ['0.01', 0.01],
    ['-1', -1],
  ])('%s is %d', (text, cpus) => {
    expect(parseCpus(text)).toBe(cpus);
  });

  it.each(['', '0', '0.001', '-0.5', 'half', '1e3', '1,5', '.', 'NaN', '99999999999'])(
    '%j is refused, with what to write',
    (text) => {
      expect(() => parseCpus(text)).toThrow(InvalidArgumentError);
      expect(() => parseCpus(text)).toThrow(/such as 0\.5 or 2/);
    },
  );
});

describe('a limit of processes', () => {
  it.each([
    ['1', 1],
    ['100', 100],
    ['-1', -1],
  ])('%s is %d', (text, limit) => {
    expect(parsePidsLimit(text)).toBe(limit);
  });

  it.each(['', '0', '-2', '1.5', 'many', '1e3', '99999999999999999999'])(
    '%j is refused, with what to write',
    (text) => {
      expect(() => parsePidsLimit(text)).toThrow(InvalidArgumentError);
      expect(() => parsePidsLimit(text)).toThrow(/such as 100/);
    },
  );
});

it('any text is either a positive whole number, -1, or an InvalidArgumentError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,20}[bBkKmMgGtT]?i?[bB]?$/)), (text) => {
      for (const parse of [parseMemorySize, parsePidsLimit]) {
        try {
          const value = parse(text);
          expect(value === -1 || (Number.isSafeInteger(value) && value > 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
        }
      }
    }),
  );
});
