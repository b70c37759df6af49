/** Whole commands, as a user types them. */
import { fileURLToPath } from 'node:url';
import { compare } from './compare.ts';
import type { Containerd } from './containerd.ts';
import { find, flawOf, type Host, run } from './host.ts';
import { report } from './report.ts';
import { installedRuntimes } from './runtimes.ts';

const shiplog = fileURLToPath(new URL('../../bin/shiplog', import.meta.url));

export async function benchCommands(host: Host, containerd: Containerd | undefined): Promise<void> {
  const { rounds } = host.scale;
  const env = { SHIPLOG_ROOT: host.path('commands', 'root'), SHIPLOG_STATE: host.path('commands', 'state') };
  const ours = (...args: readonly string[]) => ({ name: `shiplog ${args[0]}`, run: () => run(shiplog, args, env) });
  const node = { name: 'node -e 0', run: () => run(process.execPath, ['-e', '0']) };

  for (const { name, bare, id } of installedRuntimes()) {
    const flags = ['--rm', '--runtime', id, '--rootfs', host.rootfs];
    const podman = podmanLine(bare, host);
    const flaw = await flawOf('podman', podman);
    const sides = [
      { name: 'shiplog', run: () => run(shiplog, ['run', ...flags, host.newId(), 'true'], env) },
      ...(containerd ? [{ name: 'ctr (runc), its daemon running', run: () => containerd.runTrue() }] : []),
      ...(flaw === undefined ? [{ name: `podman (${bare})`, run: () => run('podman', podman) }] : []),
    ];
    const missing = [...(containerd ? [] : ['ctr is not installed']), ...(flaw === undefined ? [] : [flaw])];
    report(await compare({ work: `run --rm of true, ${name}`, sides, missing, rounds }));
  }

  const kept = host.newId();
  const flags = ['-d', '--rootfs', host.rootfs];
  await run(shiplog, ['run', ...flags, kept, 'sleep', '1000'], env);
  report(await compare({ work: 'state of a task', sides: [ours('state', kept), node], rounds }));
  report(await compare({ work: 'the version', sides: [ours('--version'), node], rounds }));
  await run(shiplog, ['delete', '--force', kept], env);
}

/** With hard limits that any host allows to be set. */
function podmanLine(runtime: string, host: Host): readonly string[] {
  const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
  const binary = find(runtime) ?? runtime;
  return ['--runtime', binary, 'run', '--rm', '--network', 'none', ...limits, '--rootfs', host.rootfs, 'true'];
}
