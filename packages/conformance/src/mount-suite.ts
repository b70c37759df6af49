/** The rules of `MountHandler`. Its samples say which mounts they are tried with. */
import { closeSync, existsSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { invalidArgument, notFound } from './codes.js';
import { expect } from './expect.js';
import { MountBench, type MountHarness, type MountRule, namesIn } from './mount-harness.js';
import type { Subject, Suite } from './rule.js';

const mountRules: readonly MountRule[] = [
  {
    id: 'M1',
    text: 'it says which types it takes, and each once',
    async check({ handler, samples }) {
      expect(handler.types.length).toBeGreaterThan(0);
      expect([...new Set(handler.types)]).toEqual(handler.types);
      for (const { type } of samples) expect(handler.types).toContain(type);
    },
  },
  {
    id: 'M2',
    text: 'what it mounted is mounted on the target, once, and shows what it should; a check of it says nothing',
    async check(bench) {
      for (const sample of bench.samples) {
        bench.handler.check?.(bench.mountOf(sample));
        const target = await bench.mounted(sample);
        expect(bench.mountsOn(target)).toBe(1);
        for (const name of sample.shows ?? []) expect(existsSync(join(target, name))).toBe(true);
      }
    },
  },
  {
    id: 'M3',
    text: 'what it unmounted is mounted no more, and the folder below is as it was',
    async check(bench) {
      for (const sample of bench.samples) {
        const target = bench.target();
        writeFileSync(join(target, 'below'), '');
        await bench.handler.mount(bench.mountOf(sample), target);
        expect(await bench.handler.unmount(target)).toBe('unmounted');
        expect(bench.mountsOn(target)).toBe(0);
        expect(namesIn(target)).toEqual(['below']);
      }
    },
  },
  {
    id: 'M4',
    text: 'a target that is not mounted is unmounted already, however often it is asked for',
    async check(bench) {
      expect(await bench.handler.unmount(bench.target())).toBe('unmounted');
      for (const sample of bench.samples) {
        const target = await bench.mounted(sample);
        await bench.handler.unmount(target);
        expect(await bench.handler.unmount(target)).toBe('unmounted');
      }
    },
  },
  {
    id: 'M5',
    text: 'mounted over what is mounted, the last one goes first',
    async check(bench) {
      for (const sample of bench.samples) {
        const target = await bench.mounted(sample);
        await bench.handler.mount(bench.mountOf(sample), target);
        expect(bench.mountsOn(target)).toBe(2);
        await bench.handler.unmount(target);
        expect(bench.mountsOn(target)).toBe(1);
      }
    },
  },
  {
    id: 'M6',
    text: 'a target that is busy is out of sight all the same, and it says that it was detached',
    async check(bench) {
      for (const sample of bench.samples) {
        const target = await bench.mounted(sample);
        const busy = openSync(target, 'r');
        try {
          expect(await bench.handler.unmount(target)).toBe('detached');
          expect(bench.mountsOn(target)).toBe(0);
        } finally {
          closeSync(busy);
        }
      }
    },
  },
  {
    id: 'M7',
    text: 'unmount follows no symbolic link',
    async check(bench) {
      for (const sample of bench.samples) {
        const target = await bench.mounted(sample);
        const link = join(bench.folder, `link-to-${sample.type}`);
        symlinkSync(target, link);
        await bench.handler.unmount(link).catch(() => undefined);
        expect(bench.mountsOn(target)).toBe(1);
      }
    },
  },
  {
    id: 'M8',
    text: 'a type that is not its own, and an option that is none, are refused, and leave nothing mounted',
    async check(bench) {
      for (const sample of bench.samples) {
        const mount = bench.mountOf(sample);
        for (const wrong of [
          { ...mount, type: 'no-such-type' },
          { ...mount, options: [...mount.options, 'no-such-option=1'] },
          { ...mount, options: [...mount.options, 'ro\0'] },
        ]) {
          const target = bench.target();
          await expect(bench.handler.mount(wrong, target)).rejects.toMatchObject(invalidArgument);
          expect(bench.mountsOn(target)).toBe(0);
        }
      }
    },
  },
  {
    id: 'M9',
    text: 'a source that is not there is not found, and leaves nothing mounted',
    unless: ({ samples }) =>
      samples.some(({ source }) => isAbsolute(source)) ? undefined : 'none of its samples has a path as its source',
    async check(bench) {
      for (const sample of bench.samples.filter(({ source }) => isAbsolute(source))) {
        const target = bench.target();
        const gone = { ...bench.mountOf(sample), source: join(bench.folder, 'not-there') };
        await expect(bench.handler.mount(gone, target)).rejects.toMatchObject(notFound);
        expect(bench.mountsOn(target)).toBe(0);
      }
    },
  },
];

export const mountSuite: Suite<MountBench> = {
  contract: 'MountHandler',
  chapters: [{ title: 'mounts', rules: mountRules }],
};

export interface MountSubject {
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(): Promise<MountHarness>;
}

export function mountSubject({ open }: MountSubject): Subject<MountBench> {
  return { open: async () => new MountBench(await open()) };
}
