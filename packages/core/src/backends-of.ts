/** From a root's options to the runtimes that its plugins bring. */
import { join } from 'node:path';
import type { Clock } from './kernel/clock.js';
import type { PluginRegistry, PluginRegistryOptions } from './plugin/registry.js';
import { type Backend, Backends } from './runtime/backends.js';

type GivenPlugins = Pick<PluginRegistryOptions, 'plugins' | 'sources' | 'refused' | 'config' | 'startTimeout'>;

interface Place {
  readonly root: string;
  readonly state: string;
  readonly clock: Clock;
}

export function registryOptions(
  { plugins, sources, refused, config, startTimeout }: GivenPlugins,
  { root, state, clock }: Place,
): PluginRegistryOptions {
  return {
    plugins,
    stateDir: state,
    rootDir: root,
    clock,
    ...(sources && { sources }),
    ...(refused && { refused }),
    ...(config && { config }),
    ...(startTimeout !== undefined && { startTimeout }),
  };
}

export function backendsOf(registry: PluginRegistry, root: string, state: string, defaultRuntime?: string): Backends {
  const backends = new Map<string, Backend>();
  const absent = new Map<string, string>();
  for (const { id, type, version, status, reason, configHash } of registry.reports) {
    if (type !== 'runtime') continue;
    if (status !== 'ok') absent.set(id, reason ?? status);
    else {
      backends.set(id, {
        runtime: registry.get('runtime', id),
        version,
        configHash,
        stateDir: join(state, id),
        rootDir: join(root, 'plugins', id),
      });
    }
  }
  return new Backends(backends, absent, defaultRuntime);
}
