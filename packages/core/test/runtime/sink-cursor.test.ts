import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileCursor } from '../../src/runtime/sink-cursor.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-cursor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('begins at 0, and is found where it was left', async () => {
  expect(fileCursor(folder).read()).toBe(0);
  await fileCursor(folder).write(7);
  expect(fileCursor(folder).read()).toBe(7);
  expect(readdirSync(folder)).toEqual(['cursor']);
});

it.each(['', 'x', '-1', '1.5', '1e99'])('that holds "%s" begins anew', (text) => {
  writeFileSync(join(folder, 'cursor'), text);
  expect(fileCursor(folder).read()).toBe(0);
});

it('that cannot be written says what is in the way', async () => {
  await expect(fileCursor(join(folder, 'gone')).write(1)).rejects.toMatchObject({ code: 'unavailable' });
});
