/** A root that is opened from another pid namespace, as from a container into which its folders are mounted (P4). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { forever, program, useHost } from './cli-harness.js';

const inNamespace = ['--pid', '--fork', '--kill-child'];
const probe = spawnSync('unshare', [...inNamespace, '--mount-proc', 'true'], { encoding: 'utf8' });

describe('in a pid namespace of its own', () => {
  beforeEach(({ skip }) => {
    if (probe.status !== 0) skip(`no pid namespace can be made here: ${probe.error?.message ?? probe.stderr.trim()}`);
  });
  const on = useHost();

  /** Runs a script there; its first process ends with it, and all others with that. */
  function runThere(script: string, flags: readonly string[] = ['--mount-proc']) {
    const { root, state, rootfs, dir } = on.host;
    return spawnSync('unshare', [...inNamespace, ...flags, 'sh', '-c', script], {
      encoding: 'utf8',
      cwd: dir,
      env: { PATH: process.env.PATH, SHIPLOG_ROOT: root, SHIPLOG_STATE: state, SHIPLOG: program, ROOTFS: rootfs },
    });
  }

  const positionOf = async () => (await on.host.json('events')).length;

  it('a task of the host is not said to have ended', async () => {
    await on.host.ok('run', '-d', '--rootfs', on.host.rootfs, 'web', ...forever);
    const before = await positionOf();
    const { name: namespace } = JSON.parse(readFileSync(join(on.host.state, 'origin'), 'utf8')).pidNamespace;

    const refused = runThere('"$SHIPLOG" tasks');
    expect(refused.status).toBe(125);
    expect(refused.stderr).toContain(`run in the pid namespace ${namespace}`);
    expect(refused.stderr).toContain('docker run --pid=host');

    const told = runThere('"$SHIPLOG" doctor');
    expect(told.status).toBe(1);
    expect(told.stdout).toContain(`run in the pid namespace ${namespace}`);
    expect(told.stdout).not.toContain('process-gone');

    const blind = runThere('"$SHIPLOG" tasks', []);
    expect(blind.status).toBe(125);
    expect(blind.stderr).toContain('unshare --mount-proc');

    expect(await positionOf()).toBe(before);
    expect((await on.host.json('state', 'web'))[0]).toMatchObject({ status: 'running' });
    await on.host.ok('delete', '--force', 'web');
  });

  it('what ended with a container is found to have ended by the next one, and by the host', async () => {
    const start = '"$SHIPLOG" run -d --rootfs "$ROOTFS"';
    const first = runThere(`${start} one sh -c "while :; do sleep 1; done" && "$SHIPLOG" state --json one`);
    expect(first.stderr).toBe('');
    expect(first.stdout).toContain('"running"');
    // The number of the namespace is free again, and this one gets it; or another, and nobody can say.
    const next = runThere('"$SHIPLOG" state --json one');
    if (next.status === 0) expect(next.stdout).toContain('"unknown"');
    else expect(next.stderr).toContain(`remove ${join(on.host.state, 'origin')}`);
    const [state] = await on.host.json('state', 'one');
    expect(state).toMatchObject({ status: 'stopped', certainty: 'unknown' });
    await on.host.ok('delete', 'one');
  });
});
