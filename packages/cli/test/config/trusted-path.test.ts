import { chmodSync, chownSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { trustedPath } from '../../src/config/trusted-path.js';
import { filesOf } from './temp-config.js';

it('is the real path', () => {
  using files = filesOf({ 'a/b.json': '{}' });
  symlinkSync(files.at('a/b.json'), files.at('link'));
  expect(trustedPath('file', files.at('link'))).toBe(files.at('a/b.json'));
});

it.each([
  ['a/b.json', 0o666, 'a/b.json'],
  ['a/b.json', 0o664, 'a/b.json'],
  ['a', 0o777, 'a'],
  ['a', 0o775, 'a'],
  ['', 0o733, ''],
])('is refused where others may write to %s (%o)', (open, mode, named) => {
  using files = filesOf({ 'a/b.json': '{}' });
  chmodSync(files.at(open), mode);
  const path = files.at(named);
  expect(() => trustedPath('the file', files.at('a/b.json'))).toThrow(
    `the file ${files.at('a/b.json')} is not read, since others may write to ${path}: chmod go-w ${path}, or keep it elsewhere`,
  );
});

it('is trusted in a sticky folder, where others may make files and change none of ours', () => {
  using files = filesOf({ 'a/b.json': '{}' });
  chmodSync(files.at('a'), 0o1777);
  expect(trustedPath('file', files.at('a/b.json'))).toBe(files.at('a/b.json'));
});

it('is refused where it belongs to somebody else', () => {
  using files = filesOf({ 'a/b.json': '{}' });
  const isRoot = process.geteuid?.() === 0;
  // root can give it away; anybody else is somebody else to the one who asks.
  if (isRoot) chownSync(files.at('a'), 12345, 12345);
  const asked = isRoot ? 0 : 12345;
  expect(() => trustedPath('the file', files.at('a/b.json'), asked)).toThrow(
    / belongs to user \d+: chown root \S+, or/,
  );
});

it('that is not there says so in the words of the system', () => {
  using files = filesOf();
  expect(() => trustedPath('file', files.at('none'))).toThrow('ENOENT');
});
