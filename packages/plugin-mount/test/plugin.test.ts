import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mountPlugin } from '../src/index.js';

it('the plugin has the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(mountPlugin.version).toBe(manifest.version);
});
