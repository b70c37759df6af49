import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, SkipPlugin } from '@shiplog/core/plugin';
import { BubblewrapRuntime } from './runtime.ts';

const id = 'io.containerd.bubblewrap.v1';

/** Runs tasks under bubblewrap: in namespaces of their own, for whoever may make a user namespace. */
export const plugin = definePlugin({
  id,
  type: 'runtime',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  capabilities: [],
  init(context) {
    const bwrap = programOnPath('bwrap');
    if (bwrap === undefined) throw new SkipPlugin('bwrap is not installed: apt-get install bubblewrap');
    context.note(bwrap);
    return new BubblewrapRuntime(id, bwrap, context);
  },
});

function programOnPath(name: string): string | undefined {
  const folders = (process.env.PATH || '/usr/bin:/bin').split(':');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
