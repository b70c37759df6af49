import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeLayer, shortNames, splitLayers } from '../../src/handlers/overlay-layers.js';

it('layers are what they were before they were written as one option', () => {
  const path = fc.string({ unit: fc.constantFrom(...'a/:\\, \n"é'), minLength: 1 }).map((name) => `/${name}`);
  fc.assert(
    fc.property(fc.array(path, { minLength: 1 }), (layers) => {
      expect(splitLayers(layers.map(escapeLayer).join(':'))).toEqual(layers);
    }),
  );
});

it('an empty layer says that data-only layers follow', () => {
  expect(splitLayers('/a:/b::/data')).toEqual(['/a', '/b', '', '/data']);
});

it('five hundred layers go into one page, and leave nothing behind', async () => {
  const lower = Array.from({ length: 500 }, (_, at) => `/var/lib/${'long/'.repeat(20)}${at}`);
  const names = await shortNames({ lower, upper: '/up', work: '/work' });
  expect(names.options.join(',').length).toBeLessThan(4096);
  const [, first = '', second = ''] = names.options[0]?.split(/[=:]/) ?? [];
  expect([first, second].map((name) => readlinkSync(join(names.folder, name)))).toEqual(lower.slice(0, 2));
  expect(names.options.slice(1)).toEqual(['upperdir=upper', 'workdir=work']);
  await names[Symbol.asyncDispose]();
  expect(existsSync(names.folder)).toBe(false);
});
