import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { build } from './build.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

beforeAll(build, 120_000);

it('npm run bench measures everything that it names', ({ skip }) => {
  if (process.getuid?.() !== 0) skip('containers need root');
  const main = join(checkout, 'test', 'bench', 'main.ts');
  const table = execFileSync(join(checkout, 'node_modules', '.bin', 'node'), [main, '--smoke'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const work of [
    'encode a record',
    'append, one durable event',
    'append, 1000 in one',
    'replay',
    'heap at most, of all',
    'verify',
    'event store, all read',
    'tasks as of a time',
    'open a root, and close it',
    "a task's life",
    'run --rm of true',
  ]) {
    expect(table).toContain(work);
  }
  expect(table).not.toContain('NaN');
}, 120_000);
