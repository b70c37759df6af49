import { definePlugin } from '@shiplog/core/plugin';
import { TarHandler } from './tar-handler.ts';

/** Mounts `type=tar`: what is in an archive, unpacked into memory. */
export const plugin = definePlugin({
  id: 'io.containerd.tar.v1',
  type: 'mount-handler',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  init: () => new TarHandler(),
});

export { conformance } from './conformance.ts';
