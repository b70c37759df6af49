/** The backend for all that has a containerd shim. What drives one is loaded when a task asks for it. */
import { definePlugin, pluginApiVersion, runtimeCapabilities, SkipPlugin } from '@shiplog/core';
import { type ShimPluginConfig, shimPluginConfig } from './config.js';
import { excessOf } from './layout.js';
import { listShims } from './shim-binary.js';
import { Shims } from './shims.js';

export { type ShimPluginConfig, shimPluginConfig } from './config.js';

export const shimPlugin = definePlugin<'runtime', ShimPluginConfig>({
  id: 'io.containerd.shim.v1',
  type: 'runtime',
  apiVersion: pluginApiVersion,
  version: '0.1.0',
  capabilities: runtimeCapabilities,
  config: shimPluginConfig,
  init: ({ config, stateDir, rootDir, note }) => {
    if (process.getuid?.() !== 0) throw new SkipPlugin('shims need root');
    const excess = excessOf(stateDir);
    if (excess > 0) throw new SkipPlugin(`the path of the state folder is ${excess} bytes too long for a socket in it`);
    note(async () => (await import('./probe.js')).describeShims(listShims(config.folder)));
    return new Shims('io.containerd.shim.v1', { stateDir, rootDir }, config);
  },
});
