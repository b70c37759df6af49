import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isDraft, removeFolder, sweepRemoved } from '../src/claim.js';

vi.mock('node:fs', { spy: true });

let folder: string;
let path: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'shiplog-remove-'));
  path = join(folder, 'web');
  fs.mkdirSync(join(path, 'exit'), { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

test('a folder that is removed is gone at once, with all that is in it', () => {
  vi.mocked(fs.rmSync).mockImplementationOnce(() => expect(fs.existsSync(path)).toBe(false));
  removeFolder(path);
  expect(fs.rmSync).toHaveBeenCalled();
});

test('what a removal that was cut short has left is swept, and no more than that', () => {
  fs.mkdirSync(join(folder, '..web.4711'));
  vi.mocked(fs.rmSync).mockImplementationOnce(() => {
    throw new Error('killed');
  });
  expect(() => removeFolder(path)).toThrow('killed');
  expect(fs.readdirSync(folder).every(isDraft)).toBe(true);
  sweepRemoved(folder);
  sweepRemoved(join(folder, 'none'));
  expect(fs.readdirSync(folder)).toEqual(['..web.4711']);
});

test('a folder that is not there is removed', () => {
  removeFolder(path);
  removeFolder(path);
  expect(fs.readdirSync(folder)).toEqual([]);
});
