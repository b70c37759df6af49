import { definePlugin, SkipPlugin } from '@shiplog/core/plugin';
import { HostRuntime } from './runtime.ts';

const id = 'io.containerd.host.v1';

/** Runs tasks as processes of the host. */
export const plugin = definePlugin({
  id,
  type: 'runtime',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  capabilities: [],
  init(context) {
    if (process.platform !== 'linux') throw new SkipPlugin('it reads /proc, which only Linux has');
    return new HostRuntime(id, context);
  },
});
