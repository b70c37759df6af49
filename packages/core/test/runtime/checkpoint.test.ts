import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { readCheckpoint, restoreOpts } from '../../src/runtime/checkpoint-folder.js';
import { FaultyBackend } from './faulty-backend.js';
import { type Machine, machine, opts, spec } from './harness.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-checkpoint-'));
  path = join(folder, 'deep', 'c1');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a backend does, as far as the disk shows it. */
const writeImages = () => mkdirSync(join(path, 'images'));

async function started(host: Machine) {
  const task = await host.manager.create('web', opts);
  await task.start();
  return task;
}

describe('A checkpoint', () => {
  it('says what its task was created with, to its owner alone', async () => {
    await using host = await machine();
    host.backend.on('checkpoint', writeImages);
    await (await started(host)).checkpoint(path);
    const found = await readCheckpoint(path);
    expect(found).toMatchObject({
      namespace: 'default',
      task: 'web',
      runtime: host.backend.id,
      spec: { typeUrl: spec.typeUrl },
    });
    expect(Buffer.from(found.spec.value)).toEqual(spec.value);
    expect(restoreOpts(path, found)).toMatchObject({ checkpoint: path, runtime: host.backend.id, rootfs: [] });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'task.json')).mode & 0o777).toBe(0o600);
    expect(host.topics('web').slice(-2)).toEqual(['/tasks/checkpoint-requested', '/tasks/checkpointed']);
  });

  it('that ends its task stands before the exit, whoever saw that first', async () => {
    await using host = await machine();
    const task = await started(host);
    host.backend.on('checkpoint', async () => {
      host.backend.process('web').end(137);
      await new Promise((resolve) => setImmediate(resolve));
      writeImages();
    });
    await task.checkpoint(path);
    expect(host.topics('web').slice(-2)).toEqual(['/tasks/checkpointed', '/tasks/exit']);
    expect(await task.state()).toMatchObject({ status: 'stopped', exit: { status: 137 } });
  });

  it('that fails leaves nothing, and the folder can be named again', async () => {
    await using host = await machine();
    const task = await started(host);
    host.backend.on('checkpoint', () => Promise.reject(new Error('the disk is full')));
    await expect(task.checkpoint(path)).rejects.toThrow('the disk is full');
    expect(existsSync(path)).toBe(false);
    expect(host.topics('web').at(-1)).toBe('/tasks/checkpoint-failed');
    host.backend.on('checkpoint', writeImages);
    await task.checkpoint(path);
  });

  it('that was whole when its call failed was made', async () => {
    await using host = await machine();
    const task = await started(host);
    host.backend.on('checkpoint', () => {
      writeImages();
      throw new Error('the connection to the runtime was lost');
    });
    await task.checkpoint(path);
    expect(host.topics('web').at(-1)).toBe('/tasks/checkpointed');
  });

  it.each<[string, () => string, string]>([
    ['a path that is not absolute', () => 'c1', 'invalid-argument'],
    ['a folder with something in it', () => folder, 'already-exists'],
    ['a file', () => join(folder, 'file'), 'already-exists'],
    ['a folder below a file', () => join(folder, 'file', 'c1'), 'failed-precondition'],
  ])('is refused over %s, and that is in the log', async (_, where, code) => {
    writeFileSync(join(folder, 'file'), '');
    await using host = await machine();
    const task = await started(host);
    await expect(task.checkpoint(where())).rejects.toMatchObject({ code });
    expect(['/tasks/rejected', '/tasks/checkpoint-failed']).toContain(host.topics('web').at(-1));
    expect(readdirSync(folder)).toEqual(['file']);
    expect(host.backend.calls).not.toContain('checkpoint');
  });
});

describe('A checkpoint whose caller died', () => {
  const first = { pid: 1, startTime: 1, bootId: 'test' };

  it.each([
    ['and that is whole', writeImages, '/tasks/checkpointed'],
    ['and that is not', () => undefined, '/tasks/checkpoint-failed'],
  ])('%s is settled', async (_, does, topic) => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    const died = Promise.withResolvers<void>();
    await using dead = await machine({ log, backend });
    const task = await started(dead);
    backend.on('checkpoint', () => {
      does();
      died.resolve();
      return new Promise(() => undefined);
    });
    void task.checkpoint(path);
    await died.promise;
    await using host = await machine({ log, backend, pid: 2, dead: [first] });
    await host.manager.recover({ hold: false });
    expect(host.errors).toEqual([]);
    expect(host.topics('web').slice(-2)).toEqual(['/recovery/claimed', topic]);
    expect(existsSync(path)).toBe(topic === '/tasks/checkpointed');
  });
});

describe('A create from a checkpoint', () => {
  it('gives the backend its own part, and others’ images as they are', async () => {
    await using host = await machine();
    host.backend.on('checkpoint', writeImages);
    await (await started(host)).checkpoint(path);
    const seen: (string | undefined)[] = [];
    const create = host.backend.create.bind(host.backend);
    host.backend.create = (id, given, context) => {
      seen.push(given.checkpoint);
      return create(id, given, context);
    };
    await host.manager.create('again', { ...opts, checkpoint: path, restoreFromPath: true });
    await host.manager.create('others', { ...opts, checkpoint: folder });
    expect(seen).toEqual([join(path, 'images'), folder]);
    expect(host.manager.state('again').state).toMatchObject({ checkpoint: path });
  });

  it.each([{ checkpoint: 'c1' }, { restoreFromPath: true }])('is refused with %j', async (wrong) => {
    await using host = await machine();
    await expect(host.manager.create('web', { ...opts, ...wrong })).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(host.topics('web')).toEqual(['/tasks/rejected']);
  });

  it('is refused where there is no checkpoint to read', async () => {
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: 'not-found' });
    writeFileSync(join(folder, 'task.json'), '{"version":2}');
    await expect(readCheckpoint(folder)).rejects.toThrow(/task.json is damaged: its version is 2, and 1 is known/);
  });
});
