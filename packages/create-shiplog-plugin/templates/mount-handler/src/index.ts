import { definePlugin } from '@shiplog/core/plugin';
import { ScratchHandler } from './scratch-handler.ts';

/** Mounts `type=scratch`: an empty file system in memory. */
export const plugin = definePlugin({
  id: 'io.containerd.scratch.v1',
  type: 'mount-handler',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  init: () => new ScratchHandler(),
});

export { conformance } from './conformance.ts';
