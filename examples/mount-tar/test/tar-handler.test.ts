import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMountInfo } from '@shiplog/core/plugin';
import { expect, it } from 'vitest';
import { conformance } from '../src/index.ts';

it('shows what is in the archive, read-only; an archive that is none leaves nothing mounted', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('mounting needs root');
  await using bench = await conformance();
  const { handler, folder, samples } = bench;
  const mount = { ...samples[0], type: 'tar', source: samples[0]?.source ?? '', options: ['ro'], target: '' };
  const target = join(folder, 'content');
  await handler.mount(mount, target);
  expect(readFileSync(join(target, 'hello'), 'utf8')).toBe('hello\n');
  expect(() => writeFileSync(join(target, 'x'), '')).toThrow(/EROFS/);
  await handler.unmount(target);
  writeFileSync(join(folder, 'bad.tar'), 'this is no archive');
  await expect(handler.mount({ ...mount, source: join(folder, 'bad.tar') }, target)).rejects.toThrow('tar');
  expect(readMountInfo().filter(({ mountPoint }) => mountPoint === target)).toEqual([]);
});
