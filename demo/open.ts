import { openShiplog, type Shiplog } from '@shiplog/core';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { shimPlugin } from '@shiplog/plugin-shim';

export function open(root: string, state: string): Promise<Shiplog> {
  return openShiplog({ root, state, plugins: [runcPlugin, crunPlugin, shimPlugin, mountPlugin] });
}
