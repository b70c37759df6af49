/** Tasks and their payloads, once the records of their beginning were archived: through the runtime, on a real log. */
import { describe, expect, it } from 'vitest';
import { marshalAny, sha256Of, typeUrls } from '../../src/kernel/typed-any.js';
import { secretsType } from '../../src/runtime/references.js';
import { type Machine, machine } from '../runtime/harness.js';
import { newRoot, type Root } from './archived-log.js';

const process = { args: ['mysqld', '--password=hush'], env: ['TOKEN=hush'] };
const opts = { spec: marshalAny(typeUrls.spec, { process }), secrets: ['/process/args/1'] };
const because = { reason: 'CHG-7' };

async function gone(host: Machine, id: string, status: number): Promise<void> {
  const task = await host.manager.create(id, opts);
  await task.start();
  host.backend.process(id).end(status);
  await task.wait();
  await host.manager.delete(id);
}

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
});
