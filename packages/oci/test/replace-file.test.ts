import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { replaceFile } from '../src/small-file.js';

vi.mock('node:fs', { spy: true });

const folder = fs.mkdtempSync(join(tmpdir(), 'shiplog-replace-'));
afterEach(() => fs.rmSync(folder, { recursive: true }));

test('a file is on the disk before it has its name, and its name is on the disk in the end', () => {
  replaceFile(join(folder, 'record.json'), 'new');
  const [synced] = vi.mocked(fs.fsyncSync).mock.invocationCallOrder;
  const [renamed] = vi.mocked(fs.renameSync).mock.invocationCallOrder;
  const last = vi.mocked(fs.fsyncSync).mock.invocationCallOrder.at(-1);
  expect([synced, renamed, last]).toEqual([synced, renamed, last].toSorted((a = 0, b = 0) => a - b));
  expect(fs.fsyncSync).toHaveBeenCalledTimes(2);
  expect(fs.openSync).toHaveBeenLastCalledWith(folder, 'r');
});
