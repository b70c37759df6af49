import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forever, useHost } from './cli-harness.js';

const owner = useHost();
const rootfs = () => ['--rootfs', owner.host.rootfs];

interface Shown {
  readonly payloads: {
    readonly spec: { readonly value?: unknown; readonly error?: string; readonly secrets: unknown };
  };
}

const createdAt = async (task: string) => {
  const [event] = await owner.host.json<{ position: number }>('events', '--task', task, '--type', 'create-requested');
  return String(event?.position);
};
const shown = async (task: string) => {
  const [record] = await owner.host.json<Shown>('audit', 'show', await createdAt(task));
  return record?.payloads.spec;
};
/** The file as it is, old pages and all. */
const stored = async () => (await readFile(join(owner.host.root, 'log', 'data.mdb'))).toString('latin1');

describe('secrets', () => {
  it('reach the container and its execs, and nothing that is printed or stored in the clear', async () => {
    const { host } = owner;
    const flags = ['-d', ...rootfs(), '-e', 'TOKEN=hush-env', '--annotation', 'key=hush-note'];
    const marked = ['--secret', '/annotations/key', '--secret', '/process/args/2'];
    await host.ok('run', ...flags, ...marked, 'web', 'sh', '-c', ': hush-arg; while :; do sleep 1; done');
    expect(await host.ok('exec', '-e', 'MORE=hush-more', 'web', 'sh', '-c', 'echo $TOKEN $MORE')).toBe(
      'hush-env hush-more\n',
    );
    const printed = [
      await host.ok('events', '-v', '--task', 'web'),
      JSON.stringify(await host.json('events', '--task', 'web')),
      JSON.stringify(await host.json('state', 'web')),
      JSON.stringify(await shown('web')),
      await host.ok('audit', 'show', await createdAt('web')),
    ];
    expect(await shown('web')).toMatchObject({
      value: {
        process: { args: ['sh', '-c', '***'], env: expect.arrayContaining(['TOKEN=***']) },
        annotations: { key: '***' },
      },
      secrets: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), kept: true },
    });
    for (const text of [...printed, await stored()]) {
      for (const secret of ['hush-env', 'hush-note', 'hush-arg', 'hush-more']) expect(text).not.toContain(secret);
    }
    await host.ok('delete', '--force', 'web');
  });

  it('that are marked where nothing is are refused, and nothing is made', async () => {
    const { exitCode, stderr } = await owner.host.run(['run', ...rootfs(), '--secret', '/process/args/9', 'x', 'true']);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('there is nothing at /process/args/9'),
    });
    expect(await owner.host.json('tasks')).toEqual([]);
  });
});

describe('audit shred', () => {
  it('destroys a payload for good, and the log still proves itself and says who did it', async () => {
    const { host } = owner;
    const text = 'a sentence that stands in the spec alone';
    await host.ok('run', '--rm', ...rootfs(), 'gone', 'echo', text);
    expect(await stored()).toContain(text);
    const env = { SHIPLOG_USER: 'ada', SHIPLOG_TICKET: 'CHG-7' };
    const done = await host.run(['audit', 'shred', '--task', 'gone', '--reason', 'asked for'], { env });
    expect(done).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^shiplog: shredded, as position \d+ says/),
    });
    expect(done.stdout).toMatch(/^[0-9a-f]{64} {2}types\.containerd\.io\/.*Spec$/m);
    expect(await stored()).not.toContain(text);
    const told = /was shredded on \S+Z by ada: asked for/;
    expect(await shown('gone')).toMatchObject({ error: expect.stringMatching(told) });
    expect(await host.json('events', '--filter', 'ticket=CHG-7')).toMatchObject([
      { type: '/audit/shred-requested' },
      { type: '/audit/shredded', namespace: '', task: '', event: { reason: 'asked for', tasks: ['default/gone'] } },
    ]);
    expect(await host.run(['replay', '--verify'])).toMatchObject({ exitCode: 0 });
    const again = await host.run(['audit', 'shred', '--task', 'gone', '--reason', 'again']);
    expect(again).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(told) });
    expect(await host.run(['wait', 'gone'])).toMatchObject({ exitCode: 0 });
  });

  it('leaves alone what a task needs that is there, unless forced; then an exec says why it cannot', async () => {
    const { host } = owner;
    await host.ok('run', '-d', ...rootfs(), 'live', ...forever);
    const shred = ['audit', 'shred', '--task', 'live', '--secrets', '--reason', 'leaked'];
    expect(await host.run(shred)).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('task default/live is there and needs it'),
    });
    expect(await host.ok('exec', 'live', 'echo', 'in')).toBe('in\n');
    expect(await host.run([...shred, '--force'])).toMatchObject({ exitCode: 0 });
    expect(await host.run(['exec', 'live', 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('was shredded on'),
    });
    expect(await shown('live')).toMatchObject({ value: { process: { args: ['sh', '-c', expect.any(String)] } } });
    expect(await host.json('state', 'live')).toMatchObject([{ status: 'running' }]);
    await host.ok('delete', '--force', 'live');
  });

  it.each([
    ['no target', ['--reason', 'x'], 'say what to shred'],
    ['two targets', ['--task', 'a', '--position', '1', '--reason', 'x'], 'say what to shred'],
    ['no reason', ['--task', 'a'], "required option '--reason <text>' not specified"],
    ['an empty reason', ['--task', 'a', '--reason', ''], 'must not be empty'],
    ['what is no hash', ['zz', '--reason', 'x'], '"zz" is not a SHA-256'],
    ['a hash of nothing', ['ab'.repeat(32), '--reason', 'x'], 'no record refers to a payload ab'],
    ['a task that never was', ['--task', 'never', '--reason', 'x'], 'no record of task never refers to a payload'],
  ])('refuses %s, and says what to do', async (_what, args, text) => {
    const { exitCode, stderr } = await owner.host.run(['audit', 'shred', ...args]);
    expect(exitCode).toBe(125);
    expect(stderr).toContain(text);
  });
});
