import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PluginManifest } from '../../src/plugin/manifest.js';
import { boom, handler, idOf, never, plugin, start } from './fixtures.js';

describe('disposal', () => {
  function recording(name: string, told: string[], changes: Partial<PluginManifest<'mount-handler'>> = {}) {
    return plugin(name, {
      init: ({ signal }) => {
        signal.addEventListener('abort', () => told.push(`${name} hears`));
        return handler({ [Symbol.asyncDispose]: async () => void told.push(`${name} disposed`) });
      },
      ...changes,
    });
  }

  it('goes in reverse, once', async () => {
    const told: string[] = [];
    await using boot = await start([recording('b', told, { requires: [idOf('a')] }), recording('a', told)]);
    const { registry } = boot;
    await registry[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    expect(told).toEqual(['b hears', 'b disposed', 'a hears', 'a disposed']);
    expect(registry.disposalFailures).toEqual([]);
    expect(registry.all('mount-handler')).toEqual([]);
    expect(() => registry.get('mount-handler', idOf('a'))).toThrow('the registry is disposed of');
  });

  it('goes on past those that fail or hang, and reports them (P8)', async () => {
    const told: string[] = [];
    const boot = await start(
      [
        recording('a', told),
        plugin('throws', { init: () => handler({ [Symbol.dispose]: boom }) }),
        plugin('hangs', { init: () => handler({ [Symbol.asyncDispose]: never }) }),
      ],
      { startTimeout: 20 },
    );
    await boot[Symbol.asyncDispose]();
    expect(told).toEqual(['a hears', 'a disposed']);
    expect(boot.registry.disposalFailures).toEqual([
      { id: idOf('hangs'), reason: `the disposal of plugin ${idOf('hangs')} took longer than 20 ms` },
      { id: idOf('throws'), reason: 'boom' },
    ]);
    expect(readdirSync(path.dirname(boot.folder))).not.toContain(path.basename(boot.folder));
  });
});
