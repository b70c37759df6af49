import { describe, expect, it } from 'vitest';
import type { CommonOptions } from '../../src/common-options.js';
import { configurationOf } from '../../src/config/configuration.js';
import { plugins as own } from '../../src/plugins.js';
import { filesOf, pluginSource } from './temp-config.js';

const common: CommonOptions = {
  ...{ root: '/r', state: '/s', namespace: 'default', namespaceGiven: false, json: false },
  ...{ config: undefined, plugins: [] },
};

const added = ({ plugins }: { plugins: readonly { id: string }[] }) => plugins.slice(own.length).map(({ id }) => id);

describe('what a command works with', () => {
  it('is what the file says, and the plugins that it names', async () => {
    using files = filesOf({
      'config.json': {
        plugins: ['./one.mjs', 'two'],
        defaultRuntime: 'io.containerd.crun.v1',
        config: { 'io.containerd.one.v1': { a: 1 } },
        onFailure: { 'io.containerd.one.v1': 'abort' },
        startTimeout: 77,
      },
      'one.mjs': pluginSource('io.containerd.one.v1'),
      'node_modules/two/package.json': { name: 'two', exports: './two.mjs' },
      'node_modules/two/two.mjs': pluginSource('io.containerd.two.v1'),
    });
    const found = await configurationOf({ ...common, config: files.at('config.json') }, {});
    expect(added(found)).toEqual(['io.containerd.one.v1', 'io.containerd.two.v1']);
    expect([...(found.sources?.values() ?? [])]).toEqual(['one.mjs', 'node_modules/two/two.mjs'].map(files.at));
    expect(found).toMatchObject({
      defaultRuntime: 'io.containerd.crun.v1',
      config: { 'io.containerd.one.v1': { a: 1 } },
      onFailure: { 'io.containerd.one.v1': 'abort' },
      startTimeout: 77,
      refused: [],
      flags: ['--config', files.at('config.json')],
    });
  });

  it('names what the file names and cannot be loaded, and goes on', async () => {
    using files = filesOf({
      'config.json': { plugins: ['@acme/gone', './throws.mjs', './other.mjs', './good.mjs'] },
      'throws.mjs': 'throw new Error("boom");',
      'other.mjs': 'export const port = 80;',
      'good.mjs': pluginSource('io.containerd.good.v1'),
    });
    const { refused = [], ...found } = await configurationOf({ ...common, config: files.at('config.json') }, {});
    expect(added(found)).toEqual(['io.containerd.good.v1']);
    expect(refused.map(({ source }) => source)).toEqual(['@acme/gone', './throws.mjs', './other.mjs']);
    expect(refused.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('npm install -g @acme/gone'),
      `the code of ${files.at('throws.mjs')} cannot be run: boom`,
      `${files.at('other.mjs')} is not a plugin: it exports port, and nothing that definePlugin of @shiplog/core/plugin gave`,
    ]);
  });

  it('is not what --plugin names and cannot be loaded: that is an error', async () => {
    await expect(configurationOf({ ...common, plugins: ['@acme/gone'] }, {})).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('finds every plugin of a module once, also where it is CommonJS, or has a top-level await', async () => {
    using files = filesOf({
      'two.mjs': `await undefined; ${pluginSource('io.containerd.a.v1')}\nexport const again = plugin; export default plugin;
        export const other = { ...plugin, id: 'io.containerd.b.v1' };`,
      'old.cjs': pluginSource('io.containerd.c.v1').replace('export const plugin =', 'exports.plugin ='),
    });
    const found = await configurationOf({ ...common, plugins: ['two.mjs', 'old.cjs'].map(files.at) }, {});
    expect(added(found).sort()).toEqual(['a', 'b', 'c'].map((name) => `io.containerd.${name}.v1`));
    expect(found.flags).toEqual(['--plugin', files.at('two.mjs'), '--plugin', files.at('old.cjs')]);
  });

  it('is what comes with the command where nothing is configured', async () => {
    const { plugins, ...rest } = await configurationOf(common, {});
    expect(plugins).toEqual(own);
    expect(rest).toEqual({ sources: new Map(), refused: [], flags: [] });
  });
});
