import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SystemClock } from '../../src/kernel/clock.js';
import type { MountHandler } from '../../src/mount/mount.js';
import { definePlugin, type PluginManifest } from '../../src/plugin/manifest.js';
import type { PluginReport } from '../../src/plugin/plugin-report.js';
import { PluginRegistry, type PluginRegistryOptions } from '../../src/plugin/registry.js';

export const idOf = (name: string) => `io.containerd.${name}.v1`;

/** The least that is a mount handler. */
export function handler(extra: object = {}): MountHandler {
  return { types: ['none'], mount: async () => undefined, unmount: async () => 'unmounted' as const, ...extra };
}

export const boom = () => {
  throw new Error('boom');
};
export const never = () => new Promise<never>(() => undefined);

type Handlers = PluginManifest<'mount-handler'>;

export function plugin(name: string, changes: Partial<Handlers> = {}): Handlers {
  return {
    ...definePlugin({ id: idOf(name), type: 'mount-handler', apiVersion: 1, version: '1.2.3', init: () => handler() }),
    ...changes,
  };
}

/** Starts a registry in folders of its own, removed with it. */
export async function start(plugins: readonly PluginManifest[], options: Partial<PluginRegistryOptions> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'shiplog-registry-'));
  const registry = await PluginRegistry.start({
    plugins,
    stateDir: path.join(folder, 'state'),
    rootDir: path.join(folder, 'root'),
    clock: new SystemClock(),
    ...options,
  });
  return {
    registry,
    folder,
    /** `name: status`, and why. */
    outcomes: registry.reports.map(outcome),
    report: (name: string): PluginReport => {
      const report = registry.reports.find(({ id }) => id === idOf(name));
      if (!report) throw new Error(`${name} has no report`);
      return report;
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function outcome({ id, status, reason }: PluginReport): string {
  const short = (text: string) => text.replaceAll(/io\.containerd\.(\w+)\.v1/g, '$1');
  return short(`${id} ${status}${reason === undefined ? '' : `: ${reason}`}`);
}
