// npm run load -- [--tasks N] [--at-once N] [--runtime runc|crun]: makes so many tasks that live at once, finds them again,
// ends them, and prints what it took. docs/reliability.md has the figures of one such run.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { reboot } from '../crash/host.ts';
import type { Holdings } from './holdings.ts';
import { type Opened, runLoad } from './load.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000' },
    'at-once': { type: 'string', default: '8' },
    runtime: { type: 'string', default: 'runc' },
  },
});
const [tasks, atOnce] = [Number(values.tasks), Number(values['at-once'])];
if (!(tasks >= 1 && atOnce >= 1)) throw new Error('--tasks and --at-once are whole numbers from 1 on');
const plugin = { runc: runcPlugin, crun: crunPlugin }[values.runtime];
if (!plugin) throw new Error('--runtime is runc or crun');

const loadBefore = loadavg()[0]?.toFixed(1);
const dir = mkdtempSync(join(tmpdir(), 'sll-'));
try {
  const figures = await runLoad({ plugin, tasks, atOnce, dir });
  const { createAndStart, list, states, command, killAll, deleteAll } = figures;
  const { open, openAndHold, ownerBefore, owner, ownerAfter, monitor, hostMiB } = figures;
  const one = (ms: number) => `${(ms / tasks).toFixed(1)} ms each`;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const held = ({ rss, pss, descriptors, watches }: Holdings) =>
    `${rss.toFixed(1)} MiB (PSS ${pss.toFixed(1)}), ${descriptors.toFixed(0)} descriptors, ${watches.toFixed(0)} watches`;
  const opened = ({ ms, cpuMs, holdings }: Opened) =>
    `${ms.toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms; ${held(holdings)}`;
  const rows = [
    ['create and start', `${seconds(createAndStart)}, ${one(createAndStart)}`],
    ['list', `${list.toFixed(0)} ms; with the state of each ${(list + states).toFixed(0)} ms`],
    ['open the root', opened(open)],
    ['open it and watch all', opened(openAndHold)],
    ['shiplog tasks', `${command.toFixed(0)} ms`],
    ['kill all, and wait', `${seconds(killAll)}, ${one(killAll)}`],
    ['delete all', `${seconds(deleteAll)}, ${one(deleteAll)}`],
    ['the owner, before', held(ownerBefore)],
    ['with all of them', held(owner)],
    ['and after', held(ownerAfter)],
    ['the monitor of each', held(monitor)],
    ['the host, for each', `${hostMiB.toFixed(2)} MiB`],
  ];
  for (const [work = '', figure] of rows) console.log(`${work.padEnd(24)}${figure}`);
} finally {
  await reboot(dir);
  rmSync(dir, { recursive: true, force: true });
}
console.log(
  `${tasks} tasks, ${values.runtime}, ${atOnce} at once; ${cpus().length} x ${cpus()[0]?.model}, Linux ${release()}, ` +
    `Node ${process.version}; load ${loadBefore} before`,
);
