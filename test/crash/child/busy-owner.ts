/**
 * `node --import dying-steps.ts busy-owner.ts DIR RUNTIME STDIO`: runs tasks through every command, and writes down in
 * DIR/returned what its calls returned, as soon as they have. It may be killed at any time.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CallContext,
  type CreateOpts,
  LmdbEventLog,
  marshalAny,
  openShiplog,
  type Receipt,
  typeUrls,
} from '@shiplog/core';
import { buildSpec } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { withPoints } from './dying-steps.ts';

const [dir = '', runtime = '', stdio = ''] = process.argv.slice(2);

const log = LmdbEventLog.prototype;
log.append = withPoints(
  ([append]) => `append ${(append as { records: { type: string }[] }).records[0]?.type}`,
  log.append as (...args: unknown[]) => unknown,
) as typeof log.append;

// Its descriptor is open already, so that a line is one system call and no step.
const returned = openSync(join(dir, 'returned'), 'a');
const say = (line: object) => writeSync(returned, `${JSON.stringify(line)}\n`);
const context: CallContext = { onReceipt: (receipt: Receipt) => say({ receipt }) };

const rootfs = join(dir, 'rootfs');
const spec = (args: readonly string[], root = rootfs, terminal = false) => {
  const built = buildSpec({ rootfs, args });
  return marshalAny(typeUrls.spec, {
    ...built,
    process: { ...built.process, terminal },
    root: { ...built.root, path: root },
  });
};
const execSpec = (args: readonly string[]) => marshalAny(typeUrls.process, { ...buildSpec({ rootfs, args }).process });

await using shiplog = await openShiplog({
  root: join(dir, 'root'),
  state: join(dir, 'state'),
  plugins: [runcPlugin, crunPlugin, mountPlugin],
});
const { runtime: tasks } = shiplog;

const short = await tasks.create('short', { runtime, spec: spec(['sh', '-c', 'exit 7']) }, context);
await short.start(context);
say({ exit: { task: 'short', status: (await short.wait()).status } });
await tasks.delete('short', context);

const kinds: Readonly<Record<string, CreateOpts['io']>> = {
  terminal: { terminal: true },
  fifo: { stdin: join(dir, 'in'), stdout: join(dir, 'out') },
  logger: { stdout: `binary://${join(dir, 'logger')}` },
};
const terminal = stdio === 'terminal';
const bind = { type: 'bind', source: rootfs, target: '', options: ['rbind'] };
const webSpec = spec(['sh', '-c', 'echo hello; exec sleep 1000'], 'rootfs', terminal);
const web = await tasks.create('web', { runtime, spec: webSpec, rootfs: [bind], io: kinds[stdio] ?? {} }, context);
await web.start(context);
if (terminal) await web.resizePty({ width: 80, height: 24 });
const exec = await web.exec('look', { spec: execSpec(['sh', '-c', 'exit 3']) }, context);
await exec.start(context);
say({ exit: { task: 'web', exec: 'look', status: (await exec.wait()).status } });
await exec.delete(context);
await web.pause(context);
await web.resume(context);
await web.update(marshalAny(typeUrls.linuxResources, { pids: { limit: 50 } }), context);
await web.kill(9, {}, context);
say({ exit: { task: 'web', status: (await web.wait()).status } });
await tasks.delete('web', context);
