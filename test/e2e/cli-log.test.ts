import { findProgram } from '@shiplog/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();
const secret = 'hunter2hunter2';

// One story for all tests: two tasks, one of them deleted, and a failure.
beforeAll(async () => {
  const { host } = owner;
  const flags = ['--rootfs', host.rootfs, '--env', `PASSWORD=${secret}`];
  await host.ok('run', '--rm', ...flags, 'gone', 'true');
  await host.run(['-n', 'other', 'run', ...flags, 'kept', 'sh', '-c', 'exit 3']);
  await host.run(['run', '--rm', ...flags, 'failed', '/bin/nope']);
}, 60_000);
afterAll(() => owner.host.run(['-n', 'other', 'delete', '--force', 'kept']));

describe('events', () => {
  it('--json prints the contract, a line an event, of all namespaces', async () => {
    const events = await owner.host.json('events');
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.map(({ task }) => task))).toEqual(new Set(['', 'gone', 'kept', 'failed']));
    const first = events.findIndex(({ task }) => task !== '');
    expect(events[first]).toEqual({
      position: first + 1,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      namespace: 'default',
      task: 'gone',
      version: 1,
      type: '/tasks/create-requested',
      schema: 2,
      actor: expect.objectContaining({ uid: process.getuid?.(), command: 'shiplog run gone', user: '' }),
      runtime: 'io.containerd.runc.v2',
      runtimeVersion: expect.stringMatching(/^\d/),
      runtimeConfig: expect.stringMatching(/^[0-9a-f]{64}$/),
      correlationId: expect.stringMatching(/./),
      causation: 0,
      event: expect.objectContaining({ containerId: 'gone', runtime: 'io.containerd.runc.v2' }),
    });
  });

  it('are those of one namespace where one is given, and of one task with --task', async () => {
    const of = async (...args: readonly string[]) =>
      new Set((await owner.host.json('events', ...args)).map(({ task }) => task));
    expect(await of('-n', 'other')).toEqual(new Set(['kept']));
    expect(await of('--task', 'gone')).toEqual(new Set(['gone']));
    expect(await of('--task', 'kept')).toEqual(new Set());
  });

  it('--from begins there', async () => {
    expect((await owner.host.json('events', '--from', '3'))[0]).toMatchObject({ position: 3 });
    expect(await owner.host.json('events', '--from', '100000')).toEqual([]);
  });

  it('without --json are a table', async () => {
    const [title, ...lines] = (await owner.host.ok('events')).split('\n');
    const first = lines.find((line) => !line.includes('/plugins/'));
    expect(title).toMatch(/^ +POS +TIME \(UTC\) +NAMESPACE +TASK +TYPE +WHO +SUMMARY$/);
    expect(first).toMatch(
      /^ +\d+ +\S+ \S+ +default +gone +\/tasks\/create-requested +uid \d+ +io\.containerd\.runc\.v2$/,
    );
  });

  it('name the user and the ticket that the environment names, and are found by them', async () => {
    await owner.host.run(['kill', '-s', 'TERM', 'nobody'], { env: { SHIPLOG_USER: 'ada', SHIPLOG_TICKET: 'CHG-7' } });
    for (const filter of ['user=ada', 'ticket=CHG-*']) {
      const found = await owner.host.json('events', '--filter', filter);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        type: '/tasks/rejected',
        task: 'nobody',
        actor: { user: 'ada', ticket: 'CHG-7', command: 'shiplog kill nobody' },
      });
    }
    const told = await owner.host.ok('events', '-v', '--filter', 'ticket=CHG-7');
    expect(told).toMatch(/ {2}ada CHG-7 {2}KillProcess/);
    expect(told).toMatch(/^ +user ada, ticket CHG-7, uid \d+, gid \d+, pid \d+.*, request \S+$/m);
    expect(told).toMatch(/^ +shiplog .*kill -s TERM nobody$/m);
  });

  it('have the command line, and no secret of it', async () => {
    const secret = ['-e', 'TOKEN=hush', '--annotation', 'key=hush'];
    await owner.host.run(['run', '--rm', '--rootfs', owner.host.rootfs, ...secret, 'masked', 'echo', 'hush']);
    const events = await owner.host.json('events', '--task', 'masked');
    expect(JSON.stringify(events)).not.toContain('hush');
    const { argv } = (events[0] as { actor: { argv: string[] } }).actor;
    expect(argv.slice(argv.indexOf('--rootfs') + 2)).toEqual([
      ...['-e', 'TOKEN=***', '--annotation', 'key=***', 'masked', '...'],
    ]);
  });

  it('--follow goes on with what comes from any process', async () => {
    const command = owner.host.spawn(['events', '--follow', '--json', '--task', 'late']);
    await owner.host.ok('run', '--rm', '--rootfs', owner.host.rootfs, 'late', 'true');
    expect(await command.jsonOf('/tasks/delete')).toMatchObject({ task: 'late' });
    command.child.kill('SIGINT');
    expect(await command.result).toMatchObject({ exitCode: 130, stderr: '' });
  });

  it('end quietly when nobody reads any more', async () => {
    const command = owner.host.spawn(['events', '--follow']);
    await command.printed('POS');
    command.child.stdout?.destroy();
    await owner.host.ok('run', '--rm', '--rootfs', owner.host.rootfs, 'again', 'true');
    expect(await command.result).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('replay', () => {
  it('makes the states anew, of deleted tasks too', async () => {
    const states = await owner.host.json('replay');
    expect(states).toContainEqual(
      expect.objectContaining({ id: 'gone', namespace: 'default', status: 'deleted', version: 7 }),
    );
    expect(states).toContainEqual(
      expect.objectContaining({ id: 'kept', namespace: 'other', status: 'stopped', exitStatus: 3 }),
    );
  });

  it('--until shows what was then', async () => {
    // The events of plugins stand before it.
    const [first] = await owner.host.json<{ position: number }>('events', '--task', 'gone');
    const until = (events: number) => ['replay', '--until', `${(first?.position ?? 0) + events - 1}`];
    expect(await owner.host.json(...until(1))).toMatchObject([{ id: 'gone', status: 'creating' }]);
    expect(await owner.host.json(...until(4), '--task', 'gone')).toMatchObject([{ status: 'running' }]);
    expect(await owner.host.ok(...until(2))).toMatch(/^default +gone +created +\d+ +io\.containerd\.runc\.v2 +2$/m);
  });

  it('--verify finds every stored state to be what its events say', async () => {
    const [verification] = await owner.host.json('replay', '--verify');
    expect(verification).toMatchObject({ differences: [], damage: [] });
    expect(await owner.host.ok('replay', '--verify')).toMatch(
      /^replayed \d+ records of \d+ tasks.*\nevery stored state/,
    );
  });

  it('--verify --task looks at that task alone, in its namespace', async () => {
    const [verification] = await owner.host.json('replay', '--verify', '--task', 'gone');
    expect(verification).toMatchObject({ records: 7, streams: 1, differences: [], damage: [] });
    expect(await owner.host.json('-n', 'other', 'replay', '--verify', '--task', 'gone')).toMatchObject([
      { streams: 0 },
    ]);
  });
});

describe('plugins', () => {
  it('shows what became of each', async () => {
    const plugins = await owner.host.json('plugins');
    expect(plugins.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['io.containerd.runc.v2', 'io.containerd.crun.v1']),
    );
    expect(await owner.host.ok('plugins')).toMatch(/^io\.containerd\.runc\.v2 +runtime +0\.1\.0 +ok/m);
  });

  it('shows which shims were found, and what they say of themselves', async ({ skip }) => {
    if (findProgram('containerd-shim-runc-v2') === undefined) skip('there is no shim: apt-get install containerd');
    const line = /^io\.containerd\.shim\.v1: \/\S+\/containerd-shim-runc-v2: Version: \S+, .*; -info/m;
    expect(await owner.host.ok('plugins')).toMatch(line);
  });
});

describe('secrets', () => {
  it.each(['events', 'events --json', 'replay', 'replay --json', 'replay --verify', 'tasks --all --json'])(
    'are not printed: %s',
    async (command) => {
      expect(await owner.host.ok(...command.split(' '))).not.toContain(secret);
    },
  );
});
