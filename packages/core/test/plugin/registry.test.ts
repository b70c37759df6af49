import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NotFoundError, UnavailableError } from '../../src/kernel/errors.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import {
  type ConfigSchema,
  definePlugin,
  type PluginManifest,
  pluginApiVersion,
  SkipPlugin,
} from '../../src/plugin/manifest.js';
import { boom, handler, idOf, never, plugin, start } from './fixtures.js';

const skip = () => {
  throw new SkipPlugin('this host has no such device');
};

describe('what has started', () => {
  it('is found by type and ID, always the same instance', async () => {
    const [one, two] = [handler(), handler()];
    await using boot = await start([plugin('one', { init: () => one }), plugin('two', { init: async () => two })]);
    expect(boot.outcomes).toEqual(['one ok', 'two ok']);
    expect(boot.registry.get('mount-handler', idOf('two'))).toBe(two);
    expect(boot.registry.all('mount-handler')).toEqual([one, two]);
    expect(boot.registry.all('mount-handler')[0]).toBe(one);
    expect(boot.registry.all('runtime')).toEqual([]);
  });

  it('is reported with what it says of itself and how long it took', async () => {
    const noting = plugin('noting', {
      capabilities: ['exec'],
      init: (context) => {
        context.note('found nothing');
        return handler();
      },
    });
    await using boot = await start([noting]);
    expect(boot.report('noting')).toEqual({
      id: idOf('noting'),
      type: 'mount-handler',
      version: '1.2.3',
      apiVersion: pluginApiVersion,
      source: '',
      requires: [],
      status: 'ok',
      notes: ['found nothing'],
      capabilities: ['exec'],
      durationMs: expect.any(Number),
    });
  });

  it('finds out what takes time only when it is asked', async () => {
    let asked = 0;
    const find = async () => [`asked ${++asked} times`];
    const noting = plugin('noting', {
      init: ({ note }) => {
        note(find);
        return handler();
      },
    });
    await using boot = await start([noting]);
    const { notes, moreNotes } = boot.report('noting');
    expect([notes, asked]).toEqual([[], 0]);
    expect(await moreNotes?.()).toEqual(['asked 1 times']);
  });

  it('has two folders of its own that nobody else reads', async () => {
    let folders: string[] = [];
    const init: PluginManifest<'mount-handler'>['init'] = ({ stateDir, rootDir }) => {
      folders = [stateDir, rootDir];
      return handler();
    };
    await using boot = await start([plugin('one', { init })]);
    expect(folders).toEqual([
      path.join(boot.folder, 'state', idOf('one')),
      path.join(boot.folder, 'root/plugins', idOf('one')),
    ]);
    for (const folder of folders) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is missed with words that help', async () => {
    await using boot = await start([plugin('one'), plugin('broken', { init: boom })]);
    const get = (name: string) => () => boot.registry.get('mount-handler', idOf(name));
    expect(get('none')).toThrow(NotFoundError);
    expect(get('none')).toThrow(`there are: ${idOf('one')}, ${idOf('broken')}`);
    expect(get('broken')).toThrow(UnavailableError);
    expect(get('broken')).toThrow('is disabled: boom');
    expect(() => boot.registry.get('runtime', idOf('one'))).toThrow('there are: none');
  });
});

describe('where a plugin was loaded from', () => {
  it('is in its report, and in that of another with its ID', async () => {
    const [first, second] = [plugin('x'), plugin('x')];
    const sources = new Map([
      [first, '/opt/first.js'],
      [second, '/opt/second.js'],
    ]);
    await using boot = await start([first, second], { sources });
    expect(boot.outcomes).toEqual(['x error: another plugin has this ID, /opt/first.js: name it once', 'x ok']);
    expect(boot.registry.reports.map(({ source }) => source)).toEqual(['/opt/second.js', '/opt/first.js']);
  });

  it.each(['^1.0.0', '1.x', '>=1.0.0 <3'])('does not matter to a plugin that is made for %s', async (apiVersion) => {
    await using boot = await start([plugin('x', { apiVersion })]);
    expect(boot.outcomes).toEqual(['x ok']);
  });
});

describe('the order', () => {
  it('puts what is required first', async () => {
    await using boot = await start([
      plugin('c', { requires: [idOf('b')] }),
      plugin('b', { requires: [idOf('a')] }),
      plugin('a'),
    ]);
    expect(boot.outcomes).toEqual(['a ok', 'b ok', 'c ok']);
  });

  it('names a cycle, and starts everything outside of it', async () => {
    await using boot = await start([
      plugin('a', { requires: [idOf('b')] }),
      plugin('b', { requires: [idOf('a')] }),
      plugin('after', { requires: [idOf('a')] }),
      plugin('apart'),
    ]);
    expect(boot.outcomes).toEqual([
      'b error: it requires itself: a -> b -> a',
      'a error: it requires itself: a -> b -> a',
      'after error: it requires a, which is disabled: it requires itself: a -> b -> a',
      'apart ok',
    ]);
  });

  it('names a requirement that is not there', async () => {
    await using boot = await start([plugin('a', { requires: [idOf('b')] })]);
    expect(boot.outcomes).toEqual(['a error: it requires b, which is not among the plugins']);
  });
});

describe('a plugin that cannot start (P8)', () => {
  const broken: [what: string, changes: Partial<PluginManifest<'mount-handler'>>, outcome: string][] = [
    ['throws', { init: boom }, 'x error: boom'],
    ['rejects', { init: () => Promise.reject(new Error('boom')) }, 'x error: boom'],
    ['does without this host', { init: skip }, 'x skip: this host has no such device'],
    ['hangs', { init: never }, 'x error: the start of plugin x took longer than 20 ms'],
    ['gives nothing', { init: () => undefined as never }, 'x error: init gave no mount-handler, but undefined'],
    [
      'gives something else',
      { init: () => ({ types: [] }) as never },
      'x error: init gave a mount-handler without mount, unmount',
    ],
    [
      'is made for another API',
      { apiVersion: '^2.0.0' },
      `x error: it is made for ^2.0.0 of the plugin API, and this is ${pluginApiVersion}: install a newer Shiplog`,
    ],
    [
      'is made for an API of long ago',
      { apiVersion: '<1.0.0' },
      `x error: it is made for <1.0.0 of the plugin API, and this is ${pluginApiVersion}: install a newer version of the plugin`,
    ],
    [
      'is made for nonsense',
      { apiVersion: 'new' },
      'x error: apiVersion "new" is no range of versions: use one as npm writes them, such as ^1.0.0',
    ],
    [
      'is made for a number',
      { apiVersion: 1 as never },
      'x error: apiVersion 1 is no range of versions: use one as npm writes them, such as ^1.0.0',
    ],
    [
      'is of no known type',
      { type: 'sauce' as never },
      'x error: type sauce is unknown; there are: runtime, mount-handler, event-sink, log-driver, task-monitor',
    ],
    ['has no version', { version: undefined as never }, 'x error: its manifest has no version'],
    ['has no init', { init: undefined as never }, 'x error: its manifest has no init function'],
    ['requires nonsense', { requires: 'y' as never }, 'x error: requires is not a list of plugin IDs'],
    ['can nonsense', { capabilities: [1] as never }, 'x error: capabilities is not a list of words'],
    [
      'has nonsense as schema',
      { config: {} as never },
      'x error: config is not a schema as of https://standardschema.dev',
    ],
  ];

  it.each(broken)('that %s disables itself and those that require it', async (_what, changes, expected) => {
    await using boot = await start([plugin('x', changes), plugin('user', { requires: [idOf('x')] }), plugin('other')], {
      startTimeout: 20,
    });
    const [, status, reason] = /^x (\w+): (.*)$/.exec(expected) ?? [];
    expect(boot.outcomes).toEqual([
      expected,
      `user ${status}: it requires x, which is disabled: ${reason}`,
      'other ok',
    ]);
  });

  it.each(['runc', '/usr/bin/runc', 'io.containerd.runc', 'io.containerd.../etc.v1', 7, undefined])(
    'for its ID %s is refused',
    async (id) => {
      await using boot = await start([plugin('x', { id: id as string }), plugin('other')]);
      expect(boot.outcomes).toEqual([
        `${id} error: ${id} is not a plugin ID: use io.containerd.NAME.VERSION`,
        'other ok',
      ]);
    },
  );

  it('because it is no manifest is refused', async () => {
    await using boot = await start([undefined as never, plugin('other')]);
    expect(boot.outcomes).toEqual(['undefined error: it is no plugin manifest: use definePlugin', 'other ok']);
  });

  it('because its ID is taken leaves the first with that ID alone', async () => {
    const first = handler();
    await using boot = await start([
      plugin('x', { init: () => first }),
      plugin('x'),
      plugin('user', { requires: [idOf('x')] }),
    ]);
    expect(boot.outcomes).toEqual(['x error: another plugin has this ID: name it once', 'x ok', 'user ok']);
    expect(boot.registry.get('mount-handler', idOf('x'))).toBe(first);
  });

  it('because it could not be loaded is told by what it was named', async () => {
    const refused = [{ source: '@acme/gone', reason: 'it is not installed: npm i -g @acme/gone' }];
    await using boot = await start([plugin('other')], { refused });
    expect(boot.outcomes).toEqual(['@acme/gone error: it is not installed: npm i -g @acme/gone', 'other ok']);
    expect(boot.registry.reports[0]).toMatchObject({ type: '', version: '', source: '@acme/gone' });
  });

  it('keeps its notes', async () => {
    const init: PluginManifest<'mount-handler'>['init'] = ({ note }) => {
      note('looked for a device');
      return skip();
    };
    await using boot = await start([plugin('x', { init })]);
    expect(boot.report('x').notes).toEqual(['looked for a device']);
  });

  it('hears of it by its signal', async () => {
    let signal: AbortSignal | undefined;
    const init: PluginManifest<'mount-handler'>['init'] = (context) => {
      signal = context.signal;
      return never();
    };
    await using boot = await start([plugin('x', { init })], { startTimeout: 20 });
    expect(boot.report('x').status).toBe('error');
    expect(signal?.reason).toMatchObject({ code: 'deadline-exceeded' });
  });

  it('and comes too late is disposed of', async () => {
    const late = Promise.withResolvers<ReturnType<typeof handler>>();
    const disposed = Promise.withResolvers<void>();
    await using _boot = await start([plugin('x', { init: () => late.promise })], { startTimeout: 20 });
    late.resolve(handler({ [Symbol.dispose]: disposed.resolve }));
    await disposed.promise;
  });
});

describe('config', () => {
  const schema: ConfigSchema<{ binary: string }> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        const { binary = 'runc' } = value as { binary?: unknown };
        if (typeof binary === 'string') return { value: { binary } };
        return {
          issues: [
            { message: 'expected a string', path: ['binary'] },
            { message: 'too short', path: [{ key: 'paths' }, 0, 'name'] },
            { message: 'sorry' },
          ],
        };
      },
    },
  };
  const configured = (seen: unknown[] = []) =>
    definePlugin({
      id: idOf('x'),
      type: 'mount-handler',
      apiVersion: pluginApiVersion,
      version: '1',
      config: schema,
      init: ({ config }) => {
        seen.push(config.binary);
        return handler();
      },
    });

  it('is what the schema made of it, and the schema sees {} where there is none', async () => {
    const seen: unknown[] = [];
    await using one = await start([configured(seen)], { config: { [idOf('x')]: { binary: 'crun' } } });
    await using two = await start([configured(seen)]);
    expect([...one.outcomes, ...two.outcomes]).toEqual(['x ok', 'x ok']);
    expect(seen).toEqual(['crun', 'runc']);
  });

  it('has one hash in the report, however it was written, and another when it says something else', async () => {
    const hashes: (string | undefined)[] = [];
    for (const section of [{ binary: 'runc' }, {}, { binary: 'crun' }]) {
      await using boot = await start([configured(), plugin('none')], { config: { [idOf('x')]: section } });
      hashes.push(boot.report('x').configHash);
      expect(boot.report('none')).not.toHaveProperty('configHash');
    }
    expect(hashes[0]).toBe(sha256Of(Buffer.from('{"binary":"runc"}')));
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it('that is no JSON has no hash, and is no fault', async () => {
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { big: 1n } }) } } as const;
    await using boot = await start([plugin('x', { config: schema })]);
    expect(boot.outcomes).toEqual(['x ok']);
    expect(boot.report('x')).not.toHaveProperty('configHash');
  });

  it('that is wrong names the plugin and the path of the wrong value, and disables that plugin', async () => {
    await using boot = await start([configured(), plugin('other')], { config: { [idOf('x')]: { binary: 7 } } });
    expect(boot.outcomes).toEqual([
      'x error: config of plugin x is wrong: binary: expected a string; paths[0].name: too short; sorry',
      'other ok',
    ]);
  });

  it('is refused by a plugin that takes none', async () => {
    await using boot = await start([plugin('x')], { config: { [idOf('x')]: {} } });
    expect(boot.outcomes).toEqual(['x error: plugin x takes no config: remove its section']);
  });

  it('of a plugin that is not there is told', async () => {
    await using boot = await start([plugin('x')], { config: { [idOf('y')]: {} } });
    expect(boot.registry.unusedConfig).toEqual([idOf('y')]);
  });

  it('comes before the folders', async () => {
    await using boot = await start([plugin('x')], { config: { [idOf('x')]: {} } });
    expect(existsSync(path.join(boot.folder, 'state'))).toBe(false);
  });
});
