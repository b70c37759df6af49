// npm run bench: one table of what Shiplog costs, beside what it is built on and what it is used instead of.
// docs/performance.md says how to read it. `--smoke` does everything once, which tells nothing but that it works.
import { cpus, release } from 'node:os';
import { benchCommands } from './commands.ts';
import { Containerd } from './containerd.ts';
import { benchEventStores } from './event-stores.ts';
import { Host, type Scale } from './host.ts';
import { benchLifecycles } from './lifecycles.ts';
import { benchLog } from './logs.ts';
import { benchParts } from './parts.ts';
import { benchPast } from './past.ts';
import { printReport } from './report.ts';

const scale: Scale = process.argv.includes('--smoke')
  ? { rounds: 1, events: 1_000, past: 3_000, partTime: 1 }
  : { rounds: 30, events: 300_000, past: 1_000_000, partTime: 200 };

using host = new Host(scale);
{
  await using containerd = await Containerd.start(host);
  await benchParts(host);
  await benchLog(host);
  await benchEventStores(host);
  await benchPast(host);
  await benchLifecycles(host, containerd);
  await benchCommands(host, containerd);
}
printReport();
console.log(`\n${cpus().length} x ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`);
