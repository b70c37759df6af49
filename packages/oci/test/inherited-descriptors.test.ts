import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbEventLog } from '@shiplog/core';
import { expect, it } from 'vitest';
import { runCommand } from '../src/run.js';

it('a program that we start gets no descriptor of the log', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'shiplog-fd-'));
  try {
    await using _log = await LmdbEventLog.open(dir);
    const list = { file: '/bin/ls', args: ['-l', '/proc/self/fd'] };
    const { stdout } = await runCommand(list);
    expect(stdout).toContain('/dev/null');
    expect(stdout).not.toContain(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
