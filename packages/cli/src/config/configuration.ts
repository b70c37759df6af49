/** What a command works with: the plugins that come with it, and what the configuration adds. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessageOf, type PluginManifest, type ShiplogOptions } from '@shiplog/core';
import type { CommonOptions } from '../common-options.js';
import { plugins as builtIn } from '../plugins.js';
import { defaultConfigPaths, readConfig } from './config-file.js';

export interface Configuration
  extends Pick<
    ShiplogOptions,
    'plugins' | 'sources' | 'refused' | 'config' | 'onFailure' | 'startTimeout' | 'defaultRuntime'
  > {
  /** For another command to be given: the same plugins, wherever it runs. */
  readonly flags: readonly string[];
}

/**
 * Loads nothing where nothing is configured.
 *
 * @throws what is wrong with the file, or with a plugin that `--plugin` names. One that the file names and that cannot be
 * loaded is `refused`: it stops no command (P8).
 */
export async function configurationOf(common: CommonOptions, env: NodeJS.ProcessEnv): Promise<Configuration> {
  const found = await readConfig(common.config, defaultConfigPaths(env));
  const { plugins = [], config, onFailure, startTimeout, defaultRuntime } = found?.file ?? {};
  const loaded: PluginManifest[] = [];
  const sources = new Map<PluginManifest, string>();
  const refused: { source: string; reason: string }[] = [];
  const paths: string[] = [];
  if (plugins.length + common.plugins.length > 0) {
    const [{ findPlugin, globalFolders }, { loadPlugin }] = await Promise.all([
      import('./find-plugin.js'),
      import('./load-plugin.js'),
    ]);
    const others = [process.cwd(), ...globalFolders(env, fileURLToPath(import.meta.url))];
    const load = async (name: string, folders: readonly string[]) => {
      const path = findPlugin(name, folders);
      for (const manifest of await loadPlugin(path)) {
        loaded.push(manifest);
        sources.set(manifest, path);
      }
      return path;
    };
    for (const name of common.plugins) paths.push(await load(name, others));
    for (const name of plugins) {
      const folders = [dirname(found?.path ?? '/'), ...others];
      await load(name, folders).catch((error: unknown) =>
        refused.push({ source: name, reason: errorMessageOf(error) }),
      );
    }
  }
  return {
    plugins: [...builtIn, ...new Set(loaded)],
    sources,
    refused,
    flags: [...(common.config ? ['--config', common.config] : []), ...paths.flatMap((path) => ['--plugin', path])],
    ...(config && { config }),
    ...(onFailure && { onFailure }),
    ...(startTimeout !== undefined && { startTimeout }),
    ...(defaultRuntime !== undefined && { defaultRuntime }),
  };
}
