import { definePlugin } from '@shiplog/core/plugin';
import { FolderDriver } from './folder-driver.ts';

/** Takes the output of `stdout: 'folder://NAME'`. */
export const plugin = definePlugin({
  id: 'io.containerd.folder.v1',
  type: 'log-driver',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  init: ({ rootDir }) => new FolderDriver(rootDir),
});

export { conformance } from './conformance.ts';
