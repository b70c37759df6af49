import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { processIn, removeCgroup } from '../src/cgroup.js';

/** Where the host has the second version's tree, hybrid or not. */
const tree = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];

test('what runs in threaded cgroups is found, and ended when they are removed', async ({ skip }) => {
  if (tree === undefined) return skip('this host has no tree of cgroups v2');
  const folder = join(tree, `shiplog-threaded-${process.pid}`);
  const threaded = join(folder, 'below');
  try {
    mkdirSync(threaded, { recursive: true });
    writeFileSync(join(threaded, 'cgroup.type'), 'threaded');
  } catch {
    skip('this host has no tree of cgroups v2 that threaded ones can be made in');
  }
  const sleeper = spawn('sleep', ['60']);
  const ended = once(sleeper, 'exit');
  try {
    writeFileSync(join(threaded, 'cgroup.procs'), String(sleeper.pid));
    expect(processIn(threaded)).toBe(sleeper.pid);
    expect(processIn(folder)).toBe(sleeper.pid);
    await removeCgroup(`/${basename(folder)}`);
    await ended;
    expect(existsSync(folder)).toBe(false);
  } finally {
    sleeper.kill('SIGKILL');
    await ended;
    for (const left of [threaded, folder]) if (existsSync(left)) rmdirSync(left);
  }
});
