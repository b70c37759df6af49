/** `node mounting-child.ts DIR POINT`: creates a task with three mounts, deletes it, and dies at the point. */
import { join } from 'node:path';
import { definePlugin, marshalAny, openShiplog, typeUrls } from '@shiplog/core';
import { mountPlugin } from '@shiplog/plugin-mount';
import { nothingRuntime, nothingRuntimeId } from './nothing-runtime.ts';

const [dir = '', point = ''] = process.argv.slice(2);

function dieAt(here: string): void {
  if (here === point) process.kill(process.pid, 'SIGKILL');
}

const dyingMounts = definePlugin({
  ...mountPlugin,
  init: async (context) => {
    const handler = await mountPlugin.init(context);
    let mounted = 0;
    let unmounted = 0;
    return {
      ...handler,
      mount: async (mount, target, signal) => {
        dieAt(`before mount ${++mounted}`);
        await handler.mount(mount, target, signal);
        dieAt(`after mount ${mounted}`);
      },
      unmount: async (target, signal) => {
        dieAt(`before unmount ${++unmounted}`);
        const how = await handler.unmount(target, signal);
        dieAt(`after unmount ${unmounted}`);
        return how;
      },
    };
  },
});

const plugins = [nothingRuntime(() => dieAt('create')), dyingMounts];
await using shiplog = await openShiplog({ root: join(dir, 'root'), state: join(dir, 'state'), plugins, hold: false });
const spec = marshalAny(typeUrls.spec, { ociVersion: '1.0.2', root: { path: 'rootfs' } });
const lowerdir = `lowerdir=${join(dir, 'lower')}`;
const rootfs = [
  { type: 'overlay', source: '', target: '', options: [lowerdir, 'X-shiplog.scratch'] },
  { type: 'tmpfs', source: '', target: '/data', options: ['size=1m'] },
  { type: 'bind', source: join(dir, 'lower'), target: '/data/lower', options: ['rbind', 'ro'] },
];
await shiplog.runtime.create('web', { runtime: nothingRuntimeId, spec, rootfs });
await shiplog.runtime.delete('web');
