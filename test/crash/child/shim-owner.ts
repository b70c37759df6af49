/** `node shim-owner.ts DIR SHIM ROOTFS TASK CMD ...`: creates and starts a task under a shim, says so, and stays. */
import { join } from 'node:path';
import { marshalAny, openShiplog, typeUrls } from '@shiplog/core';
import { buildSpec } from '@shiplog/oci';
import { shimPlugin } from '@shiplog/plugin-shim';

const [dir = '', runtime = '', rootfs = '', id = '', ...args] = process.argv.slice(2);
const shiplog = await openShiplog({ root: join(dir, 'root'), state: join(dir, 'state'), plugins: [shimPlugin] });
const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args }));
const task = await shiplog.runtime.create(id, { runtime, spec });
await task.start();
process.stdout.write('started\n');
setInterval(() => undefined, 1000);
