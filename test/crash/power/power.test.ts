/**
 * The power is cut while a root is written to, at any point: what was returned is there, and what is there is whole.
 * `npm run crash -- --power` does it for as long as wanted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../e2e/build.js';
import { random } from '../random.js';
import { cannotTrace, cutPower, recordWriter } from './cut.js';
import { Disk } from './disk.js';

describe('a disk that loses its power', () => {
  const leftOf = (disk: Disk, seed: number): string | undefined => {
    const dir = mkdtempSync(join(tmpdir(), 'shiplog-power-'));
    try {
      disk.leave(dir, random(seed));
      return readFileSync(join(dir, 'file'), 'latin1');
    } catch {
      return undefined;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  const written = (...more: Parameters<Disk['apply']>[0][]) => {
    const disk = new Disk('/disk');
    disk.apply({ kind: 'make', path: '/disk/file', folder: false });
    disk.apply({ kind: 'write', path: '/disk/file', offset: 0, bytes: Buffer.alloc(1024, 'a') });
    for (const step of more) disk.apply(step);
    return new Set(seeds.map((seed) => leftOf(disk, seed)));
  };
  const [a, nul] = ['a'.repeat(512), '\0'.repeat(512)];

  it('has of what was not synced any part, or not even its name', () => {
    expect(written()).toEqual(new Set([undefined, '', a + a, a + nul, nul + a, nul + nul]));
  });

  it('has a file that was synced, where its folder was, too', () => {
    const sync = (path: string) => ({ kind: 'sync', path }) as const;
    expect(written(sync('/disk/file'))).toEqual(new Set([undefined, a + a]));
    expect(written(sync('/disk/file'), sync('/disk'))).toEqual(new Set([a + a]));
  });

  it('has what was written with O_DSYNC, and nothing else for it', () => {
    const second = { kind: 'settle', path: '/disk/file', offset: 600, length: 10 } as const;
    expect(written(second, { kind: 'sync', path: '/disk' })).toEqual(new Set([nul + a, a + a]));
  });
});

describe('a root whose power is cut', { timeout: 60_000 }, () => {
  beforeAll(build);

  it('loses nothing that was returned, and can be opened (P1, P9)', async (context) => {
    const why = cannotTrace();
    if (why !== undefined) context.skip(why);
    using recording = recordWriter();
    const seed = fc.integer({ min: 0, max: 2 ** 31 });
    const seeds = fc.sample(seed, { numRuns: 300 });
    expect(await Array.fromAsync(cutPower(recording, seeds))).toEqual([]);
  });
});
