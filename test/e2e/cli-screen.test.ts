import { beforeEach, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';
import { Terminal, terminalMissing } from './terminal.js';

const owner = useHost();

describe('on a screen', () => {
  beforeEach(({ skip }) => {
    if (terminalMissing !== undefined) skip(terminalMissing);
  });

  it('a table is cut where it hurts least, and what takes long is said, and taken back', async () => {
    const { host } = owner;
    const id = 'a-task-with-a-name-of-thirty-1';
    const script = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
    await host.ok('run', '-d', '--rootfs', host.rootfs, id, 'sh', '-c', script);
    const logs = host.spawn(['logs', '--follow', id]);
    await logs.printed('ready');
    await using terminal = await Terminal.open(host, [64, 20]);
    await terminal.line('shiplog ls');
    await terminal.shows(/^a-task-with-a-name-of-thirty-1 +running +\d+ +io\.c\S*…$/m);
    await terminal.line('shiplog ls --no-trunc');
    // A pid has as many digits as it has: where the terminal breaks the line, nobody knows.
    await terminal.shows(/v2\nhost>$/);
    await terminal.clear();
    await terminal.line(`shiplog stop --time 3 ${id} | cat; echo "code $?"`);
    await terminal.shows(`stop ${id} (1 s)`);
    // The line is gone that stood where the code stands.
    await terminal.shows(/echo "code \$\?"\ncode 0\nhost>$/);
    expect((await logs.result).exitCode).toBe(0);
    await host.ok('delete', id);
  });
});
