import { describe, expect, it } from 'vitest';
import { marshalAny, sha256Of, typeUrls } from '../../src/kernel/typed-any.js';
import { secretsType } from '../../src/runtime/references.js';
import { type Machine, machine } from './harness.js';

const process = { args: ['mysqld', '--password=hush'], env: ['TOKEN=hush'] };
const opts = { spec: marshalAny(typeUrls.spec, { process }), secrets: ['/process/args/1'] };
const execOpts = { spec: marshalAny(typeUrls.process, process), secrets: ['/args/1'] };
const because = { reason: 'CHG-7' };

const specOf = (host: Machine, task: string) => {
  const { state } = host.manager.state(task);
  if (state.status === 'absent') throw new Error('there is no task');
  return state.spec;
};

/** All that is stored, as bytes. */
const everything = (host: Machine) => JSON.stringify([...host.log.read()]);

async function gone(host: Machine, id: string): Promise<void> {
  await host.manager.create(id, opts);
  await host.manager.delete(id);
}

describe('secrets', () => {
  it('are stored apart: neither a record nor what may be shown has them, and a reader that needs them does', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    await task.exec('shell', execOpts);
    expect(everything(host)).not.toContain('hush');
    const spec = specOf(host, 'web');
    expect(Buffer.from(host.log.blob(spec.sha256)).toString()).not.toContain('hush');
    expect(host.manager.shownPayload(spec)).toEqual({ process: { args: ['mysqld', '***'], env: ['TOKEN=***'] } });
    expect(JSON.parse(Buffer.from(host.manager.payload(spec).value).toString())).toEqual({ process });
    const { state } = host.manager.state('web');
    if (state.status !== 'running') throw new Error(state.status);
    const shell = state.execs.shell?.spec;
    if (!shell) throw new Error('there is no exec');
    expect(host.manager.shownPayload(shell)).toEqual({ args: ['mysqld', '***'], env: ['TOKEN=***'] });
    expect(JSON.parse(Buffer.from(host.manager.payload(shell).value).toString())).toEqual(process);
  });

  it('are a blob of their own for each task; what may be shown is shared', async () => {
    await using host = await machine();
    await host.manager.create('one', opts);
    await host.manager.create('two', opts);
    const [one, two] = [specOf(host, 'one'), specOf(host, 'two')];
    expect(one.sha256).toBe(two.sha256);
    expect(one.secrets).not.toBe(two.secrets);
  });

  it('of an older version, which stored them with the rest, are not shown either', async () => {
    await using host = await machine();
    await host.log.append({
      stream: { namespace: 'default', task: 'old' },
      expectedVersion: 0,
      records: [],
      blobs: [opts.spec.value],
    });
    const ref = { typeUrl: typeUrls.spec, sha256: sha256Of(opts.spec.value) };
    expect(host.manager.shownPayload(ref)).toMatchObject({ process: { env: ['TOKEN=***'] } });
  });

  it.each([
    ['create', (host: Machine) => host.manager.create('web', { ...opts, secrets: ['/nothing'] })],
    ['exec', async (host: Machine) => (await host.manager.get('here')).exec('shell', { ...execOpts, secrets: ['x'] })],
  ])('that are marked wrongly refuse the %s, and that is in the log', async (_name, attempt) => {
    await using host = await machine();
    await (await host.manager.create('here', opts)).start();
    const before = host.log.head();
    await expect(attempt(host)).rejects.toMatchObject({ code: 'invalid-argument' });
    expect([...host.log.read({ after: before })].map(({ type }) => type)).toEqual(['/tasks/rejected']);
  });
});

describe('shredding', () => {
  it('destroys what a task refers to, and says what, when, by whom and why', async () => {
    await using host = await machine();
    await gone(host, 'web');
    const spec = specOf(host, 'web');
    const actor = { user: 'ada', ticket: 'CHG-7', argv: ['shiplog', 'audit', 'shred'] };
    const shredded = await host.manager.shred({ task: 'web' }, because, { actor });
    const payloads = [
      { typeUrl: typeUrls.spec, sha256: spec.sha256 },
      { typeUrl: secretsType, sha256: spec.secrets },
    ];
    expect(shredded).toEqual({ payloads, tasks: ['default/web'], position: host.log.head() });
    const [asked, done] = [...host.log.read({ after: shredded.position - 2 })];
    expect(asked).toMatchObject({
      ...{ namespace: '', task: '', type: '/audit/shred-requested', actor },
      event: { payloads, tasks: ['default/web'], reason: 'CHG-7', owner: { pid: 1 } },
    });
    expect(done).toMatchObject({
      ...{ type: '/audit/shredded', causation: asked?.position, actor: { user: 'ada', ticket: 'CHG-7' } },
      event: { payloads, tasks: ['default/web'], reason: 'CHG-7', requestId: asked?.event.requestId },
    });
    for (const read of [() => host.manager.payload(spec), () => host.manager.shownPayload(spec)]) {
      expect(read).toThrow(`the payload ${spec.sha256} was shredded on ${done?.time} by ada: CHG-7`);
    }
    expect(host.manager.exitOf('web')).toMatchObject({ status: 137 });
  });

  it('of the secrets alone leaves what may be shown', async () => {
    await using host = await machine();
    await gone(host, 'web');
    await host.manager.create('twin', opts);
    const spec = specOf(host, 'web');
    await host.manager.shred({ task: 'web' }, { ...because, secretsOnly: true });
    expect(host.manager.shownPayload(spec)).toMatchObject({ process: { args: ['mysqld', '***'] } });
    expect(() => host.manager.payload(spec)).toThrow(`the payload ${spec.secrets} was shredded on`);
    expect(() => host.manager.payload(specOf(host, 'twin'))).not.toThrow();
  });

  it('takes a record, or one payload, as well', async () => {
    await using host = await machine();
    await gone(host, 'web');
    const spec = specOf(host, 'web');
    const one = await host.manager.shred({ sha256: spec.secrets as never }, because);
    expect(one.payloads).toEqual([{ typeUrl: secretsType, sha256: spec.secrets }]);
    const rest = await host.manager.shred({ position: 1 }, because);
    expect(rest.payloads).toEqual([{ typeUrl: typeUrls.spec, sha256: spec.sha256 }]);
  });

  it.each([
    ['it is a task that is there', async (host: Machine) => void (await host.manager.create('web', opts))],
    [
      'it is shared with one that is there',
      async (host: Machine) => {
        await gone(host, 'web');
        await host.manager.create('twin', opts, { namespace: 'other' });
      },
    ],
    [
      'an exec that is there needs it',
      async (host: Machine) => {
        await gone(host, 'web');
        const bare = await host.manager.create('twin', { spec: marshalAny(typeUrls.spec, {}) });
        await bare.start();
        await bare.exec('shell', { spec: marshalAny(typeUrls.process, { process }) });
        await host.manager.create('web', { spec: marshalAny(typeUrls.process, { process }) });
        await host.manager.delete('web');
      },
    ],
  ])('is refused where %s, and nothing is done; it can be forced', async (_name, prepare) => {
    await using host = await machine();
    await prepare(host);
    const before = host.log.head();
    await expect(host.manager.shred({ task: 'web' }, because)).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringMatching(/^task (default|other)\/(web|twin) is there and needs it/),
    });
    expect(host.log.head()).toBe(before);
    await host.manager.shred({ task: 'web' }, { ...because, force: true });
  });

  it('leaves a task that is there as it is, but for what needs the spec', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await host.manager.shred({ task: 'web' }, { ...because, force: true });
    await task.start();
    await expect(task.checkpoint('/nowhere/c1')).rejects.toThrow('was shredded on');
    expect(host.topics('web').slice(-2)).toEqual(['/tasks/checkpoint-requested', '/tasks/checkpoint-failed']);
    await host.manager.recover({ hold: false });
    host.backend.process('web').end(3);
    expect(await task.wait()).toMatchObject({ status: 3 });
    await host.manager.delete('web');
    expect(host.errors).toEqual([]);
    await host.manager.create('web', opts);
    expect(() => host.manager.payload(specOf(host, 'web'))).not.toThrow();
  });

  it('of what was shredded says so, and of what never was, too', async () => {
    await using host = await machine();
    await gone(host, 'web');
    await host.manager.shred({ task: 'web' }, because);
    const before = host.log.head();
    await expect(host.manager.shred({ task: 'web' }, because)).rejects.toThrow('was shredded on');
    await expect(host.manager.shred({ task: 'none' }, because)).rejects.toThrow(
      'no record of task none refers to a payload',
    );
    await expect(host.manager.shred({ position: 2 }, because)).rejects.toThrow(
      'no record at position 2 refers to a payload',
    );
    await expect(host.manager.shred({ position: 999 }, because)).rejects.toMatchObject({ code: 'not-found' });
    await expect(host.manager.shred({ task: '../x' }, because)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(host.manager.shred({ task: 'web' }, { reason: ' ' })).rejects.toThrow('say why');
    expect(host.log.head()).toBe(before);
  });
});
