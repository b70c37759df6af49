/** Tasks and their payloads, once the records of their beginning were archived: through the runtime, on a real log. */
import { readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { marshalAny, sha256Of, typeUrls } from '../../src/kernel/typed-any.js';
import { keptRequests } from '../../src/projections/kept-requests.js';
import { secretsType } from '../../src/runtime/references.js';
import { type Machine, machine } from '../runtime/harness.js';
import { newRoot, type Root } from './archived-log.js';

const process = { args: ['mysqld', '--password=hush'], env: ['TOKEN=hush'] };
const opts = { spec: marshalAny(typeUrls.spec, { process }), secrets: ['/process/args/1'] };
const execOpts = { spec: marshalAny(typeUrls.process, process), secrets: ['/args/1'] };
const because = { reason: 'CHG-7' };

async function gone(host: Machine, id: string, status: number): Promise<void> {
  const task = await host.manager.create(id, opts);
  await task.start();
  host.backend.process(id).end(status);
  await task.wait();
  await host.manager.delete(id);
}

function specOf(host: Machine, task: string) {
  const { state } = host.manager.state(task);
  if (state.status === 'absent') throw new Error('there is no task');
  return state.spec;
}

const storedIn = (root: Root) => Array.from(root.log.stored().blobs(), ([sha256]) => sha256).sort();

const archiveAll = (root: Root) => root.archive(root.log.head() + 1);

describe('a task that was deleted and archived', () => {
  it('has its exit, and so has who waited with an old handle', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    const task = await host.manager.create('web', opts);
    await task.start();
    host.backend.process('web').end(7);
    await host.manager.task('web').then((handle) => handle.wait());
    await host.manager.delete('web');
    await archiveAll(root);
    expect(await task.wait()).toMatchObject({ status: 7, certainty: 'observed' });
    expect(host.manager.exitOf('web')).toMatchObject({ status: 7 });
    await gone(host, 'web', 3);
    await archiveAll(root);
    expect(await task.wait()).toMatchObject({ status: 7 });
    expect(host.manager.exitOf('web')).toMatchObject({ status: 3 });
    expect(host.manager.history('web').map(({ state }) => 'exit' in state && state.exit.exitStatus)).toEqual([7, 3]);
  });

  it('can have its payloads shredded, and that stays known when it is archived itself', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    const { state } = host.manager.state('web');
    if (state.status !== 'deleted') throw new Error(state.status);
    const { spec } = state;
    await archiveAll(root);
    const { payloads } = await host.manager.shred({ task: 'web' }, because, { actor: { user: 'ada' } });
    expect(payloads).toEqual([
      { typeUrl: typeUrls.spec, sha256: spec.sha256 },
      { typeUrl: secretsType, sha256: spec.secrets },
    ]);
    await archiveAll(root);
    const said = `the payload ${spec.sha256} was shredded on`;
    expect(() => host.manager.payload(spec)).toThrow(said);
    await expect(host.manager.shred({ task: 'web' }, because)).rejects.toThrow(said);
    await expect(host.manager.shred({ sha256: spec.secrets as never }, because)).rejects.toThrow('was shredded on');
    await expect(host.manager.shred({ position: 1 }, because)).rejects.toThrow('position 1 was archived');
    await expect(host.manager.shred({ task: 'nobody' }, because)).rejects.toMatchObject({ code: 'not-found' });
    expect(root.verify()).toMatchObject({ findings: [], verified: true });
  });

  it('keeps the payload that it shares with a task that is there', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    await host.manager.create('twin', opts);
    await archiveAll(root);
    await expect(host.manager.shred({ task: 'web' }, because)).rejects.toThrow(
      'task default/twin is there and needs it',
    );
    const { payloads } = await host.manager.shred({ task: 'web' }, { ...because, secretsOnly: true });
    expect(payloads).toMatchObject([{ typeUrl: secretsType }]);
    const twin = host.manager.state('twin').state;
    if (twin.status !== 'created') throw new Error(twin.status);
    expect(sha256Of(host.log.blob(twin.spec.sha256))).toBe(twin.spec.sha256);
  });

  it('takes its payloads along, and they are read where they are', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    const spec = specOf(host, 'web');
    expect(storedIn(root)).toEqual([spec.sha256, spec.secrets].sort());
    await archiveAll(root);
    expect(storedIn(root)).toEqual([]);
    expect(JSON.parse(Buffer.from(host.manager.payload(spec).value).toString())).toEqual({ process });
    const [{ payloadFile = '' } = {}] = root.log.base.segments();
    expect(statSync(join(root.archives, payloadFile)).mode & 0o777).toBe(0o600);
    expect(root.verify()).toMatchObject({ findings: [], blobs: 2 });
  });

  it('leaves what another needs that is there, until that is gone as well', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    const task = await host.manager.create('twin', opts);
    await task.start();
    const exec = await task.exec('shell', execOpts);
    const [web, twin] = [specOf(host, 'web'), specOf(host, 'twin')];
    const { state } = host.manager.state('twin');
    const shell = state.status === 'running' ? state.execs.shell?.spec : undefined;
    await archiveAll(root);
    expect(storedIn(root)).toEqual([twin.sha256, twin.secrets, shell?.sha256, shell?.secrets].sort());
    expect(host.manager.payload(web)).toEqual(host.manager.payload(twin));
    await exec.start();
    host.backend.execs.get('twin/shell')?.end(1);
    await exec.wait();
    await exec.delete();
    await archiveAll(root);
    expect(storedIn(root)).toEqual([twin.sha256, twin.secrets].sort());
    host.backend.process('twin').end(0);
    await task.wait();
    await host.manager.delete('twin');
    await archiveAll(root);
    expect(storedIn(root)).toEqual([]);
    // Of those that are made anew with the same, there is a copy to destroy in each place.
    await gone(host, 'again', 0);
    expect(storedIn(root)).toContain(twin.sha256);
    await archiveAll(root);
    expect(storedIn(root)).toEqual([]);
    expect(root.verify()).toMatchObject({ findings: [] });
  });

  it('keeps what a record refers to that comes while it is being archived', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    const spec = specOf(host, 'web');
    let later: Promise<unknown> = Promise.resolve();
    const before = root.log.head() + 1;
    await root.archive(before, {
      onStep(step) {
        if (step === 'write') later = host.manager.create('twin', opts);
      },
    });
    await later;
    expect(storedIn(root)).toContain(spec.sha256);
    expect(host.manager.payload(specOf(host, 'twin'))).toBeDefined();
    expect(root.verify()).toMatchObject({ findings: [] });
  });

  it('shreds them in the archive, and what is left of them in the log', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    const spec = specOf(host, 'web');
    const stored = Buffer.from(host.log.blob(spec.sha256));
    await archiveAll(root);
    const [{ payloadFile = '' } = {}] = root.log.base.segments();
    const file = join(root.archives, payloadFile);
    const data = join(root.dir, 'data.mdb');
    const place = root.log.base.payload(spec.sha256);
    if (!place) throw new Error('it was not archived');
    // LMDB has not used its place again.
    expect(readFileSync(data).includes(stored)).toBe(true);
    await host.manager.shred({ task: 'web' }, because, { actor: { user: 'ada' } });
    expect(readFileSync(file).subarray(place.offset, place.offset + place.length)).toEqual(Buffer.alloc(place.length));
    expect(readFileSync(data).includes(stored)).toBe(false);
    expect(() => host.manager.payload(spec)).toThrow('was shredded on');
    expect(root.verify()).toMatchObject({ findings: [], blobs: 0 });
  });

  it('does not say that they were shredded where their file is not at hand', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    await gone(host, 'web', 0);
    await archiveAll(root);
    renameSync(root.archives, `${root.archives}-elsewhere`);
    const shredding = host.manager.shred({ task: 'web' }, because);
    await expect(shredding).rejects.toThrow(/was archived to .*\.payloads, and it is not there: bring it back/);
    expect([...root.log.read()].map(({ type }) => type)).toEqual([
      '/audit/archived',
      '/audit/shred-requested',
      '/audit/shred-failed',
    ]);
    renameSync(`${root.archives}-elsewhere`, root.archives);
    await host.manager.shred({ task: 'web' }, because);
    expect(root.verify()).toMatchObject({ findings: [] });
  });

  it('nor where one of them was shredded once, and stored and archived again since', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    const life = async (args: readonly string[]) => {
      await host.manager.create('web', { spec: marshalAny(typeUrls.spec, { process: { args } }) });
      await host.manager.delete('web');
    };
    await life(['one']);
    await host.manager.shred({ task: 'web' }, because);
    await life(['one']);
    await archiveAll(root);
    await life(['two']);
    renameSync(root.archives, `${root.archives}-elsewhere`);
    await expect(host.manager.shred({ task: 'web' }, because)).rejects.toThrow('it is not there: bring it back');
    renameSync(`${root.archives}-elsewhere`, root.archives);
    expect((await host.manager.shred({ task: 'web' }, because)).payloads).toHaveLength(2);
  });

  it('is one of several of its name that were archived at different times: what was carried on of each is verified', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    for (const status of [7, 3, 5]) {
      await gone(host, 'web', status);
      await archiveAll(root);
    }
    expect(host.manager.history('web').map(({ state }) => 'exit' in state && state.exit.exitStatus)).toEqual([7, 3, 5]);
    expect(root.verify()).toMatchObject({ findings: [], notices: [] });
  });

  it('carries on the same, wherever the log was cut', async () => {
    await using root = await newRoot();
    await using host = await machine({ log: root.log });
    const task = await host.manager.create('web', opts);
    await task.start();
    await task.checkpoint(join(root.dir, '..', 'checkpoint')).catch(() => undefined);
    host.backend.process('web').end(0);
    await task.wait();
    await host.manager.delete('web');
    await host.manager.create('web', opts);
    await archiveAll(root);
    const requests = keptRequests(root.log, { namespace: 'default', task: 'web' }).map(({ type }) => type);
    expect(requests).toEqual(['/tasks/create-requested']);
    expect(root.verify()).toMatchObject({ findings: [] });
  });
});
