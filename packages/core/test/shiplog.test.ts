import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../src/event-log/event-log.js';
import { definePlugin, type PluginManifest, pluginApiVersion, SkipPlugin } from '../src/plugin/manifest.js';
import { openShiplog, type ShiplogOptions } from '../src/shiplog.js';
import { handler, idOf, plugin } from './plugin/fixtures.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-open-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(plugins: readonly PluginManifest[], options: Partial<ShiplogOptions> = {}) {
  return openShiplog({ root: join(folder, 'root'), state: join(folder, 'state'), plugins, ...options });
}

async function topics(): Promise<readonly string[]> {
  await using shiplog = await open([], { hold: false });
  return [...shiplog.log.read()].map(({ type, event }) => `${type} ${event.plugin}`);
}

const boom = () => {
  throw new Error('boom');
};

describe('the plugins of a root', () => {
  it('have their loads, failures and disposals in the log of a process that stays', async () => {
    const plugins = [plugin('a'), plugin('broken', { init: boom }), plugin('b')];
    for (let turn = 0; turn < 2; turn += 1) await (await open(plugins))[Symbol.asyncDispose]();
    const once = [
      `/plugins/loaded ${idOf('a')}`,
      `/plugins/failed ${idOf('broken')}`,
      `/plugins/loaded ${idOf('b')}`,
      `/plugins/disposed ${idOf('b')}`,
      `/plugins/disposed ${idOf('a')}`,
    ];
    expect(await topics()).toEqual([...once, ...once]);
  });

  it('are told of by a short process where something has changed', async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      await (await open([plugin('a')], { hold: false }))[Symbol.asyncDispose]();
    }
    expect(await topics()).toEqual([`/plugins/loaded ${idOf('a')}`]);
  });

  it('that fail to be disposed of are told of, and in the log', async () => {
    const errors: unknown[] = [];
    const broken = plugin('a', { init: () => handler({ [Symbol.dispose]: boom }) });
    const shiplog = await open([broken], { hold: false, onError: (error) => errors.push(error) });
    await shiplog[Symbol.asyncDispose]();
    expect(errors).toMatchObject([{ message: `plugin ${idOf('a')} could not be disposed of: boom` }]);
    expect(await topics()).toContain(`/plugins/dispose-failed ${idOf('a')}`);
  });
});

describe('onFailure', () => {
  const skip = () => {
    throw new SkipPlugin('no such device');
  };

  it.each([
    ['error', boom, 'boom'],
    ['skip', skip, 'no such device'],
  ])('abort lets no root open with that plugin at %s, and says why', async (_status, init, why) => {
    const disposed: string[] = [];
    const good = plugin('good', { init: () => handler({ [Symbol.dispose]: () => disposed.push('good') }) });
    const opening = open([good, plugin('x', { init })], { hold: false, onFailure: { [idOf('x')]: 'abort' } });
    await expect(opening).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining(`plugin ${idOf('x')} did not start, and its onFailure is abort: ${why}`),
    });
    expect(disposed).toEqual(['good']);
    expect((await topics()).at(-1)).toMatch(new RegExp(`/plugins/(failed|skipped) ${idOf('x')}`));
  });

  it('continue, which is the default, goes on without it', async () => {
    await using shiplog = await open([plugin('x', { init: boom })], { onFailure: { [idOf('y')]: 'abort' } });
    expect(shiplog.plugins).toMatchObject([{ status: 'error' }]);
  });
});

describe('a sink', () => {
  function sinkPlugin(taken: LogRecord[]) {
    return definePlugin({
      id: idOf('sink'),
      type: 'event-sink',
      apiVersion: pluginApiVersion,
      version: '1.0.0',
      init: () => ({ deliver: async (records) => void taken.push(...records) }),
    });
  }

  it('is fed by feed where nobody stays, and goes on where it was', async () => {
    const taken: LogRecord[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await using shiplog = await open([sinkPlugin(taken)], { hold: false });
      await shiplog.runtime.refuse('CreateTask', `web${turn}`, new Error('no such user'));
      await shiplog.feed({ signal: new AbortController().signal, once: true });
      expect(taken.at(-1)).toMatchObject({ type: '/tasks/rejected', task: `web${turn}` });
    }
    expect(taken.map(({ position }) => position)).toEqual([1, 2, 3]);
  });

  it('is fed by itself in a process that stays', async () => {
    const taken: LogRecord[] = [];
    const first = Promise.withResolvers<void>();
    const manifest = sinkPlugin(taken);
    const told = { ...manifest, init: () => ({ deliver: async () => first.resolve() }) };
    await using _shiplog = await open([told]);
    await first.promise;
  });
});
