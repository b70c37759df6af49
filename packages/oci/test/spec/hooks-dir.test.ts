import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hooksFor } from '../../src/spec/hooks-dir.js';
import type { OciSpec } from '../../src/spec/oci-spec.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-hooks-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const spec: OciSpec = {
  ociVersion: '1.0.2',
  process: { args: ['/bin/server', '-f'], cwd: '/', user: { uid: 0, gid: 0 } },
  annotations: { 'org.example.gpu': 'two' },
  mounts: [{ destination: '/data', type: 'bind', source: '/srv' }],
};
const hook = (path: string) => ({ path, args: ['a'] });
function write(name: string, when: object, stages: readonly string[] = ['prestart'], folder = dir): void {
  const content = { version: '1.0.0', hook: hook(`/bin/${name}`), when, stages };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
}

it.each<[object, boolean]>([
  [{ always: true }, true],
  [{ always: false }, false],
  [{}, false],
  [{ commands: ['server$', 'other'] }, true],
  [{ commands: ['^server'] }, false],
  [{ annotations: { '^org\\.example\\.': '^two$' } }, true],
  [{ annotations: { gpu: 'one' } }, false],
  [{ hasBindMounts: true }, true],
  [{ always: true, commands: ['other'] }, false],
])('of a file whose `when` is %j: %s', (when, isThere) => {
  write('one', when);
  expect(hooksFor(spec, [dir])).toEqual(isThere ? { prestart: [hook('/bin/one')] } : undefined);
});

it('come by the names of their files, at each of their stages, and a later folder wins', () => {
  const later = join(dir, 'later');
  mkdirSync(later);
  write('b', { always: true }, ['poststop', 'prestart']);
  write('a', { always: true });
  write('b', { always: true }, ['poststart'], later);
  writeFileSync(join(dir, 'readme.txt'), 'no hook');
  expect(hooksFor(spec, [dir])).toEqual({
    prestart: [hook('/bin/a'), hook('/bin/b')],
    poststop: [hook('/bin/b')],
  });
  expect(hooksFor(spec, [dir, later])).toEqual({ prestart: [hook('/bin/a')], poststart: [hook('/bin/b')] });
});

it.each([
  [{ version: '0.1.0' }, /version: must be 1\.0\.0/],
  [{ hook: { path: 'relative' } }, /hook\.path: must be an absolute path/],
  [{ when: { commands: ['('] } }, /when\.commands\.0: must be a regular expression/],
  [{ stages: [] }, /stages: must name a stage/],
])('with %j is refused, and the file is named', (change, message) => {
  const file = { version: '1.0.0', hook: hook('/bin/x'), when: { always: true }, stages: ['prestart'], ...change };
  writeFileSync(join(dir, 'bad.json'), JSON.stringify(file));
  expect(() => hooksFor(spec, [dir])).toThrow(message);
  expect(() => hooksFor(spec, [dir])).toThrow(join(dir, 'bad.json'));
});

it('takes a folder that is there', () => {
  expect(() => hooksFor(spec, [join(dir, 'none')])).toThrow(/there is no folder of hooks/);
});
