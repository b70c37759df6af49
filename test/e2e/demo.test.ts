import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@shiplog/oci';
import { beforeAll, expect, it } from 'vitest';
import { build } from './build.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

beforeAll(build, 120_000);

it('npm run demo tells the whole story', () => {
  const output = execFileSync(join(checkout, 'node_modules', '.bin', 'node'), [join(checkout, 'demo', 'demo.ts')], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  const shim = findProgram('containerd-shim-runc-v2');
  if (shim === undefined) expect(output).toContain('There is no third one');
  for (const runtime of ['io.containerd.runc.v2', 'io.containerd.crun.v1', ...(shim === undefined ? [] : [shim])]) {
    const from = output.indexOf(`A busybox container on ${runtime}`);
    const chapter = output.slice(from, output.indexOf('delete', from));
    for (const part of ['exit 7, printed: 42', 'paused', 'running', 'printed: 67108864', 'printed: 33554432']) {
      expect(chapter).toContain(part);
    }
    expect(chapter).toMatch(/exit 137, observed at \d{4}-/);
  }
  expect(output).toContain('I was started by a process that is dead now');
  expect(output).toContain('exit 42, observed');
  expect(output).toMatch(/\d+ events of 2 tasks replayed: 0 differences/);
  expect(output).toMatch(/\nDone in \d+\.\d s\.\n$/);
});
