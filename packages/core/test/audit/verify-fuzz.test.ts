import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tempFolder } from '../event-log/temp-folder.js';
import { auditedLog } from './audited-log.js';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const child = [
  '--no-warnings',
  '--import',
  pathOf('../event-log/child/run-sources.ts'),
  pathOf('child/verify-child.ts'),
];

it('a file with noise anywhere in it is told, or nothing of it was hit; and the process lives (P8)', async () => {
  await using honest = await auditedLog();
  await using folder = await tempFolder();
  const seed = Math.floor(Math.random() * 2 ** 31);
  const args = [...child, join(honest.path, 'data.mdb'), folder.path, String(seed), '150'];
  const { stdout, signal } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const lines = stdout.trimEnd().split('\n');
  // The last line names the damage that ended the process.
  expect({ seed, signal, last: lines.at(-1) }).toEqual({ seed, signal: null, last: 'done' });
  expect(lines.filter((line) => /WRONGLY|THROWN/.test(line))).toEqual([]);
  expect(lines.some((line) => line.endsWith(': found'))).toBe(true);
}, 60_000);
