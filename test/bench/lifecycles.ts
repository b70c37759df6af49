/** Whole lives of tasks: create, start, wait, delete, through the library; and what a running one costs. */
import { compare } from './compare.ts';
import type { Containerd } from './containerd.ts';
import { type Host, parentOf, pss } from './host.ts';
import { report, reportAmount } from './report.ts';
import { bareLifecycle, createOpts, installedRuntimes, lifecycle, open, type Runtime } from './runtimes.ts';

const atOnce = 8;
const viaCtr = 'containerd, by ctr run --rm';

export async function benchLifecycles(host: Host, containerd: Containerd | undefined): Promise<void> {
  await using shiplog = await open(host, 'lives');
  const missing = containerd ? [] : ['containerd is not installed'];
  for (const runtime of installedRuntimes()) {
    const ours = () => lifecycle(shiplog, host, runtime);
    const bare = () => bareLifecycle(host, runtime);
    const theirs = containerd && (() => containerd.runTrue());
    const times = (count: number) => [
      { name: 'shiplog', run: () => together(count, ours) },
      { name: `bare ${runtime.bare}`, run: () => together(count, bare) },
      ...(theirs ? [{ name: `${viaCtr} (runc)`, run: () => together(count, theirs) }] : []),
    ];
    const { rounds } = host.scale;
    report(await compare({ work: `a task's life, ${runtime.name}`, sides: times(1), missing, rounds }));
    const few = Math.ceil(rounds / 4);
    report(
      await compare({
        work: `${atOnce} at once, ${runtime.name}`,
        pieces: atOnce,
        sides: times(atOnce),
        missing,
        rounds: few,
      }),
    );
    reportAmount(
      `memory of a running task, ${runtime.name}`,
      `${runtime.monitor} (PSS)`,
      await monitorMemory(host, runtime),
    );
  }
  if (containerd) reportAmount('', "containerd's, its shim (PSS)", mebibytes(await containerd.shimMemory()));

  async function monitorMemory(host: Host, runtime: Runtime): Promise<string> {
    const ids = Array.from({ length: atOnce }, () => host.newId());
    let total = 0;
    for (const id of ids) {
      const task = await shiplog.runtime.create(id, createOpts(host, runtime, ['sleep', '1000']));
      await task.start();
    }
    for (const id of ids) {
      const task = await shiplog.runtime.get(id);
      const { pid } = await task.state();
      total += pss(parentOf(pid));
    }
    for (const id of ids) {
      const task = await shiplog.runtime.get(id);
      await task.kill(9);
      await task.wait();
      await shiplog.runtime.delete(id);
    }
    return mebibytes(total / ids.length);
  }
}

async function together(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

function mebibytes(amount: number): string {
  return `${amount.toFixed(2)} MiB`;
}
