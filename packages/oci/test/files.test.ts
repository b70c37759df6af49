import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNamespace, parseTaskId, ShiplogError, UnavailableError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownCgroup } from '../src/cgroup.js';
import { claimFolder } from '../src/claim.js';
import { findProgram } from '../src/find-program.js';
import { readRecord } from '../src/record.js';
import { readIfThere, replaceFile, storageError } from '../src/small-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a folder that is claimed', () => {
  test('is there whole, and once', () => {
    const path = join(folder, 'claimed');
    const fill = (draft: string) => writeFileSync(join(draft, 'who'), 'first');
    expect(claimFolder(path, fill)).toBe(true);
    expect(claimFolder(path, (draft) => writeFileSync(join(draft, 'who'), 'second'))).toBe(false);
    expect(readFileSync(join(path, 'who'), 'utf8')).toBe('first');
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['claimed']);
  });

  test('is not there at all when it could not be filled', () => {
    const path = join(folder, 'claimed');
    expect(() =>
      claimFolder(path, () => {
        throw new RangeError('full');
      }),
    ).toThrow(RangeError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('small files', () => {
  test('are replaced whole, for their owner alone', () => {
    const path = join(folder, 'file');
    replaceFile(path, 'old');
    replaceFile(path, 'new');
    expect(readIfThere(path)).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(readIfThere(join(path, 'below', 'a', 'file'))).toBeUndefined();
  });

  test('a record that is damaged is named', () => {
    const path = join(folder, 'record.json');
    for (const text of ['', '{', '{}', '{"version":2}']) {
      writeFileSync(path, text);
      expect(() => readRecord(path)).toThrow(ShiplogError);
      expect(() => readRecord(path)).toThrow(path);
    }
    expect(readRecord(join(folder, 'none'))).toBeUndefined();
  });

  test('what the disk says is an error of ours', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    expect(storageError(full, '/state')).toBeInstanceOf(UnavailableError);
    const other = new RangeError('a bug');
    expect(storageError(other, '/state')).toBe(other);
  });
});

describe('a program', () => {
  test('is found on the path, in order, where it may be run', () => {
    const [first, second] = [join(folder, 'a'), join(folder, 'b')];
    for (const path of [first, second]) {
      mkdirSync(path);
      writeFileSync(join(path, 'tool'), '', { mode: 0o755 });
    }
    const path = `relative:${first}:${second}`;
    expect(findProgram('tool', path)).toBe(join(first, 'tool'));
    chmodSync(join(first, 'tool'), 0o644);
    expect(findProgram('tool', path)).toBe(join(second, 'tool'));
    expect(findProgram(join(second, 'tool'))).toBe(join(second, 'tool'));
    expect(findProgram('b/tool', folder)).toBeUndefined();
    expect(findProgram('a', folder)).toBeUndefined();
    expect(findProgram('no-such-tool', path)).toBeUndefined();
  });
});

test('a task’s own cgroup differs by state folder, namespace and ID', () => {
  const names = [
    ['/s', 'a', 'b', false],
    ['/t', 'a', 'b', false],
    ['/s', 'a-b', 'c', false],
    ['/s', 'a', 'b-c', false],
    ['/s', 'a', 'b', true],
  ] as const;
  const paths = names.map(([dir, namespace, id, systemd]) =>
    ownCgroup(dir, parseNamespace(namespace), parseTaskId(id), systemd),
  );
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths[0]).toMatch(/^\/shiplog\/a--b--[0-9a-f]{8}$/);
  expect(paths[4]).toMatch(/^system\.slice:shiplog:a--b--[0-9a-f]{8}$/);
  expect(existsSync(`/sys/fs/cgroup${paths[0]}`)).toBe(false);
  const below = (parent: string) => ownCgroup('/s', parseNamespace('a'), parseTaskId('b'), false, parent);
  expect(below('/work/../../../etc')).toMatch(/^\/etc\/a--b--[0-9a-f]{8}$/);
});
