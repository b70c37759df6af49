/** The process that owns a running task, until the demo kills it: `node owner.ts ROOT STATE ROOTFS`. */
import { marshalAny, typeUrls } from '@shiplog/core';
import { buildSpec } from '@shiplog/oci';
import { open } from './open.ts';

const [root = '', state = '', rootfs = ''] = process.argv.slice(2);
const script = 'echo "I was started by a process that is dead now"; trap "exit 42" USR1; while :; do sleep 0.05; done';
const shiplog = await open(root, state);
const spec = buildSpec({ rootfs, args: ['sh', '-c', script] });
const task = await shiplog.runtime.create('orphan', {
  runtime: 'io.containerd.runc.v2',
  spec: marshalAny(typeUrls.spec, spec),
});
await task.start();
process.stdout.write('running\n');
await task.wait();
