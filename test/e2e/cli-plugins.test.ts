/** Plugins of others, as a user has them: by path, by package, by configuration; checked, swapped to, rehearsed against. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@shiplog/oci';
import { beforeAll, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();
const hostId = 'io.containerd.host.v1';
const crunId = 'io.containerd.crun.v1';
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const template = join(checkout, 'packages/create-shiplog-plugin/templates/runtime/src/index.ts');

/** Of a configuration that a test writes. */
async function config(name: string, content: object): Promise<string> {
  const path = join(owner.host.dir, name);
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}

const brokenSource = `export const plugin = { id: 'io.containerd.broken.v1', type: 'event-sink', apiVersion: '^1.0.0',
  version: '1.0.0', init() { throw new Error('no such bus'); } };`;

describe('a plugin', () => {
  it('is loaded by its path, runs tasks in the foreground, and is told of with -v', async () => {
    const plugin = ['--plugin', template];
    const { stdout, exitCode } = await owner.host.run([
      ...[...plugin, 'run', '--rm', '--runtime', hostId, '--rootfs', owner.host.rootfs],
      ...['by-path', 'sh', '-c', 'echo hello; echo oops >&2; exit 7'],
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: 'hello\n', exitCode: 7 });
    expect(await owner.host.ok(...plugin, 'plugins', '-v')).toContain(`  from          ${template}\n`);
    const loaded = await owner.host.json<{ event: { plugin: string } }>('events', '--type', '/plugins/loaded');
    expect(loaded.map(({ event }) => event.plugin)).toContain(hostId);
  });

  it('is found from the configuration, and its tasks end in the log when nobody is there', async () => {
    const { host } = owner;
    await mkdir(join(host.dir, 'node_modules', '@acme'), { recursive: true });
    await mkdir(join(host.dir, 'packed'));
    await writeFile(
      join(host.dir, 'packed', 'package.json'),
      JSON.stringify({ name: '@acme/host', exports: './x.ts' }),
    );
    await symlink(
      join(checkout, 'packages/create-shiplog-plugin/node_modules'),
      join(host.dir, 'packed', 'node_modules'),
    );
    await writeFile(join(host.dir, 'packed', 'x.ts'), `export { plugin } from '${template}';`);
    await symlink(join(host.dir, 'packed'), join(host.dir, 'node_modules', '@acme', 'host'));
    const file = await config('own.json', { plugins: ['@acme/host'], defaultRuntime: hostId });
    const events = host.spawn(['events', '--follow', '--json', '--task', 'left']);
    await host.ok('--config', file, 'run', '-d', '--rootfs', host.rootfs, 'left', 'sh', '-c', 'sleep 0.3; exit 4');
    expect(await events.jsonOf('/tasks/exit')).toMatchObject({ event: { exitStatus: 4, certainty: 'observed' } });
    events.child.kill('SIGKILL');
    await host.ok('--config', file, 'delete', 'left');
  });

  it('that is broken is told of, and stops nothing; with onFailure abort it stops all but `plugins`', async () => {
    const { host } = owner;
    await writeFile(join(host.dir, 'broken.mjs'), brokenSource);
    const lenient = await config('lenient.json', { plugins: ['./broken.mjs', '@acme/gone'] });
    const { exitCode, stderr } = await host.run(['--config', lenient, 'tasks']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('plugin io.containerd.broken.v1 is disabled: no such bus (shiplog plugins -v)');
    expect(stderr).toContain(
      'plugin @acme/gone is disabled: plugin @acme/gone is not installed: npm install -g @acme/gone',
    );
    const strict = await config('strict.json', {
      plugins: ['./broken.mjs'],
      onFailure: { 'io.containerd.broken.v1': 'abort' },
    });
    const refused = await host.run(['--config', strict, 'tasks']);
    expect(refused.exitCode).toBe(125);
    expect(refused.stderr).toContain('did not start, and its onFailure is abort: no such bus');
    expect(await host.ok('--config', strict, 'plugins')).toContain('io.containerd.broken.v1: no such bus');
  });

  it('is not loaded from where others can write', async () => {
    const { host } = owner;
    await mkdir(join(host.dir, 'open'));
    await chmod(join(host.dir, 'open'), 0o777);
    await writeFile(join(host.dir, 'open', 'x.mjs'), brokenSource);
    const { exitCode, stderr } = await host.run(['--plugin', './open/x.mjs', 'tasks']);
    expect(exitCode).toBe(125);
    expect(stderr).toMatch(/is not read, since others may write to \S+\/open: chmod go-w/);
  });

  it('comes with a JSON Schema of its configuration', async () => {
    const schema = JSON.parse(await owner.host.ok('plugins', '--schema'));
    expect(schema.properties.config.properties['io.containerd.runc.v2'].properties).toHaveProperty('systemdCgroup');
  });
});

describe('conformance', () => {
  it('prints a table of rules, and what does not apply', async () => {
    const { exitCode, stdout, stderr } = await owner.host.run([
      'conformance',
      template,
      '--rule',
      'L1',
      '--rule',
      'E1',
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `shiplog: ${hostId}: 1 passed, 0 failed, 1 not applicable\n`,
    });
    expect(stdout).toMatch(/^RULE +RESULT +MS +TEXT\nL1 +passed +\d+ +a task is created, running, stopped/);
    expect(stdout).toMatch(/\nE1 +not-applicable +\d+ +an exec is added/);
  });

  it('says which rule is broken, and why, and ends with 125', async () => {
    const { host } = owner;
    await writeFile(
      join(host.dir, 'deaf.mjs'),
      `export const plugin = { id: 'io.containerd.deaf.v1', type: 'event-sink', apiVersion: '^1.0.0', version: '1.0.0',
        init: () => ({ deliver: async () => {} }) };
      export const conformance = async () => ({ sink: { deliver: async () => {} }, received: async () => [],
        async [Symbol.asyncDispose]() {} });`,
    );
    const { exitCode, stdout, stderr } = await host.run(['conformance', './deaf.mjs', '--rule', 'K1']);
    expect(exitCode).toBe(125);
    expect(stdout).toMatch(/K1 +failed +\d+ +when deliver resolves.*: expected \[\] to deeply equal \[ 1, 2, 3 \]/);
    expect(stderr).toContain('io.containerd.deaf.v1 does not keep every rule');
  });

  it('of a plugin that brings no harness is as far as the command knows one, and otherwise says what is missing', async () => {
    const { host } = owner;
    const of = (type: string, init: string) =>
      `export const plugin = { id: 'io.containerd.bare.v1', type: '${type}', apiVersion: '^1.0.0', version: '1.0.0',
        init: () => (${init}) };`;
    await writeFile(join(host.dir, 'monitor.mjs'), of('task-monitor', '{ monitor() {}, stop() {} }'));
    const monitor = await host.run(['conformance', './monitor.mjs']);
    expect(monitor).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('io.containerd.bare.v1: 4 passed, 0 failed, 1 not applicable'),
    });
    await writeFile(join(host.dir, 'driver.mjs'), of('log-driver', "{ schemes: ['x'], resolve: () => '/f' }"));
    const driver = await host.run(['conformance', './driver.mjs']);
    expect(driver).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('only it knows which URIs make sense; let its module export `conformance`'),
    });
  });

  it.each([
    ['mount-tar', 'io.containerd.tar.v1: 9 passed, 0 failed, 0 not applicable'],
    ['sink-cloudevents', 'io.containerd.cloudevents.v1: 5 passed, 0 failed, 1 not applicable'],
    ['monitor-prometheus', 'io.containerd.prometheus.v1: 5 passed, 0 failed, 0 not applicable'],
  ])('is kept by the example %s, without any configuration', async (name, result) => {
    expect(await owner.host.run(['conformance', join(checkout, 'examples', name)])).toMatchObject({
      exitCode: 0,
      stderr: `shiplog: ${result}\n`,
    });
  });

  it('checks a containerd shim by its path', async ({ skip }) => {
    const shim = findProgram('containerd-shim-runc-v2');
    if (shim === undefined) return skip('containerd-shim-runc-v2 is not there: apt-get install containerd');
    const { exitCode, stdout, stderr } = await owner.host.run(['conformance', shim, '--rule', 'L3', '--rule', 'X10']);
    expect(stdout).toMatch(/L3 +passed +\d+ +an exit code is observed as it was/);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `shiplog: ${shim}: 2 passed, 0 failed, 0 not applicable\n`,
    });
  });

  it.each([
    ['io.containerd.none.v1', 'there is no plugin io.containerd.none.v1; there are: io.containerd.runc.v2'],
    ['io.containerd.none.v1', 'nor is it a shim: no plugin brings it, and containerd-shim-none-v1 is not on PATH'],
    ['/none/containerd-shim-none-v1', '/none/containerd-shim-none-v1 is not there, or may not be run'],
    ['io.containerd.shim.v1', 'io.containerd.shim.v1 runs nothing itself: name what it is to run'],
    ['./no-such-plugin', 'is not there: give the path of its file or of its folder'],
    ['no-such-package', 'plugin no-such-package is not installed: npm install -g no-such-package'],
  ])('of %s says what is wrong', async (name, message) => {
    const { exitCode, stderr } = await owner.host.run(['conformance', name]);
    expect(exitCode).toBe(125);
    expect(stderr).toContain(message);
  });
});

describe('from runc to crun', () => {
  let missing: string | undefined;
  beforeAll(async () => {
    const reports = await owner.host.json<Record<'id' | 'status' | 'reason', string>>('plugins');
    const lost = reports.find(({ id, status }) => [crunId, 'io.containerd.runc.v2'].includes(id) && status !== 'ok');
    missing = lost && `${lost.id}: ${lost.reason}`;
  });

  it('a story is rehearsed, found the same, and leaves nothing; then its task is swapped', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { host } = owner;
    const create = ['--runtime', 'io.containerd.runc.v2', '--rootfs', host.rootfs];
    await host.ok('run', '-d', ...create, 'web', 'sh', '-c', 'while :; do sleep 1; done');
    await host.run(['exec', 'web', 'sh', '-c', 'exit 3']);
    await host.ok('pause', 'web');
    await host.ok('resume', 'web');
    await host.ok('kill', '-s', 'KILL', 'web');
    await host.run(['wait', 'web']);
    const rehearsal = await host.run(['replay', '--against', crunId, '--task', 'web', '--json']);
    expect(rehearsal.exitCode).toBe(0);
    const { tasks, namespaces } = JSON.parse(rehearsal.stdout);
    expect(tasks).toMatchObject([{ task: 'web', runtime: 'io.containerd.runc.v2', same: true }]);
    expect(tasks[0].rows.length).toBeGreaterThan(15);
    expect(await host.json('-n', namespaces[0], 'tasks')).toEqual([]);
    await host.ok('swap', 'web', '--runtime', crunId);
    expect(await host.json('state', 'web')).toMatchObject([{ status: 'created', runtime: crunId }]);
    await host.ok('start', 'web');
    const refused = await host.run(['swap', 'web', '--runtime', 'io.containerd.runc.v2']);
    expect(refused).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('cannot swap task web: it is running'),
    });
    await host.ok('delete', '--force', 'web');
  });

  it('a program that does something else is named', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { host } = owner;
    // It ends otherwise each time: what it leaves in a folder of the host is there the second time.
    await mkdir(join(host.dir, 'shared'));
    const volume = ['--mount', `type=bind,source=${join(host.dir, 'shared')},target=/data`];
    const script = '[ -e /data/seen ] && exit 9; touch /data/seen';
    await host.ok('run', '--rootfs', host.rootfs, ...volume, 'once', 'sh', '-c', script);
    const { exitCode, stdout, stderr } = await host.run(['replay', '--against', crunId, '--task', 'once']);
    expect(exitCode).toBe(125);
    expect(stdout).toMatch(/once +\/tasks\/exit +exit code 0 +exit code 9 !/);
    expect(stderr).toContain(`${crunId} does not do the same: once`);
    await host.ok('delete', 'once');
  });
});
