import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../src/kernel/errors.js';
import {
  defaultNamespace,
  maxIdentifierLength,
  parseExecId,
  parseNamespace,
  parseRuntimeId,
  parseSha256,
  parseTaskId,
} from '../../src/kernel/identifiers.js';

describe.each([
  ['task ID', parseTaskId],
  ['exec ID', parseExecId],
  ['namespace', parseNamespace],
] as const)('a %s', (what, parse) => {
  it.each(['a', '0', 'Web', 'web-1', 'a.b_c-d', 'constructor', 'a'.repeat(76)])('may be %s', (text) => {
    expect(parse(text)).toBe(text);
  });

  it.each([
    '',
    '.',
    '..',
    '-a',
    'a-',
    '_a',
    'a..b',
    'a--b',
    'a/b',
    '/a',
    'a b',
    'a\n',
    'a\0',
    'é',
    '--rm',
    '__proto__',
    'a:b',
  ])('may not be %j', (text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
    expect(() => parse(text)).toThrow(`${what} ${JSON.stringify(text)} is not valid: use letters and digits`);
  });

  it('has 76 characters at most', () => {
    expect(() => parse('a'.repeat(maxIdentifierLength + 1))).toThrow(
      `${what} is too long: it has 77 characters, at most 76 are allowed`,
    );
  });

  it('can stand in a path, and is never read as a flag', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'Z', '0', '.', '_', '-', '/', '\0'), maxLength: 12 }),
        (text) => {
          try {
            expect(parse(text)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidArgumentError);
          }
        },
      ),
    );
  });
});

it('the namespace is `default` if none is given', () => {
  expect(defaultNamespace).toBe('default');
});

describe('a runtime', () => {
  it.each(['io.containerd.runc.v2', 'io.containerd.crun.v1', 'io.containerd.kata-qemu.v2', '/usr/bin/shim'])(
    'may be %s',
    (text) => {
      expect(parseRuntimeId(text)).toBe(text);
    },
  );

  it.each([
    '',
    'runc',
    'io.containerd.runc',
    'io.containerd.v2',
    'IO.containerd.runc.v2',
    './shim',
    'shim',
    '/',
    '/a\0',
  ])('may not be %j', (text) => {
    expect(() => parseRuntimeId(text)).toThrow(/give an ID such as io\.containerd\.runc\.v2/);
  });
});

describe('a SHA-256', () => {
  it('is 64 lower-case hexadecimal digits', () => {
    expect(parseSha256('0f'.repeat(32))).toBe('0f'.repeat(32));
  });

  it.each(['', '0F'.repeat(32), '0f'.repeat(31), `${'0f'.repeat(32)}\n`])('is not %j', (text) => {
    expect(() => parseSha256(text)).toThrow(InvalidArgumentError);
  });
});
