import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { binaryNameOf, findShim, listShims } from '../src/shim-binary.js';

let folder: string;
let onPath: string;

function program(...path: readonly string[]): string {
  const file = join(...path);
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), 'shim-binary-'));
  folder = join(base, 'folder');
  onPath = join(base, 'path');
  for (const place of [folder, onPath]) mkdirSync(place);
  vi.stubEnv('PATH', onPath);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(folder, '..'), { recursive: true });
});

describe('the program of a runtime', () => {
  test.each([
    ['io.containerd.runc.v2', 'containerd-shim-runc-v2'],
    ['io.containerd.kata-qemu.v2', 'containerd-shim-kata-qemu-v2'],
    ['io.containerd.spin.oci.v1', 'containerd-shim-oci-v1'],
    ['runc', undefined],
    ['./containerd-shim-runc-v2', undefined],
  ])('of %s is %s', (runtime, name) => {
    expect(binaryNameOf(runtime)).toBe(name);
  });

  test('is looked for in the configured folder, and then on PATH', () => {
    const there = program(onPath, 'containerd-shim-a-v1');
    expect(findShim('io.containerd.a.v1', folder)).toBe(there);
    const nearer = program(folder, 'containerd-shim-a-v1');
    expect(findShim('io.containerd.a.v1', folder)).toBe(nearer);
    expect(findShim('io.containerd.a.v1')).toBe(there);
  });

  test('is itself where it is an absolute path, whatever its name', () => {
    const file = program(folder, 'my-shim');
    expect(findShim(file)).toBe(file);
  });

  test('that is not there is not found, and the error says what was looked for, and where', () => {
    const missing = () => findShim('io.containerd.none.v1', folder);
    expect(missing).toThrow(NotFoundError);
    expect(missing).toThrow(`containerd-shim-none-v1 is not in ${folder} or on PATH`);
    expect(() => findShim('io.containerd.none.v1')).toThrow('containerd-shim-none-v1 is not on PATH');
    writeFileSync(join(folder, 'plain'), '');
    for (const name of ['plain', 'absent']) expect(() => findShim(join(folder, name))).toThrow(/may not be run/);
  });

  test('is never a relative path', () => {
    vi.stubEnv('PATH', '.');
    for (const runtime of ['./containerd-shim-a-v1', 'containerd-shim-a-v1', '../shim', '']) {
      expect(() => findShim(runtime)).toThrow(InvalidArgumentError);
      expect(() => findShim(runtime)).toThrow('an ID such as io.containerd.runc.v2, or the full path of a shim');
    }
  });
});

test('the shims of a host are listed as they are found: the first of a name counts', () => {
  const first = program(folder, 'containerd-shim-a-v1');
  program(onPath, 'containerd-shim-a-v1');
  const second = program(onPath, 'containerd-shim-b-v2');
  program(onPath, 'containerd-shim');
  writeFileSync(join(onPath, 'containerd-shim-plain-v1'), '');
  mkdirSync(join(onPath, 'containerd-shim-folder-v1'));
  expect(listShims(folder)).toEqual([first, second]);
  expect(listShims(undefined, '/nowhere:relative')).toEqual([]);
});
