/** The rules that every backend keeps hold for the runtime that users hold: the log around a backend changes none. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs, type ConformanceSpec, type RuntimeHarness, runtimeConformance } from '@shiplog/conformance';
import { openShiplog, type PluginManifest, verifyProjection } from '@shiplog/core';
import { buildSpec, type OciPluginConfig } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';

async function openManager(backend: PluginManifest<'runtime', OciPluginConfig>): Promise<RuntimeHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'slg-'));
  const rootfs = busyboxRootfs(join(folder, 'busybox'));
  const opened = new AsyncDisposableStack();
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const errors: unknown[] = [];
  const open = async () =>
    opened.use(
      await openShiplog({
        root: join(folder, 'root'),
        state: join(folder, 'state'),
        plugins: [backend, mountPlugin],
        onError: (error) => errors.push(error),
      }),
    );
  const shiplog = await open();
  return {
    runtime: shiplog.runtime,
    folder,
    makeFifo: (path) => execFileSync('mkfifo', [path]),
    again: async () => (await open()).runtime,
    spec: (args) => {
      const spec = buildSpec({ rootfs, args: ['replaced'] });
      return { ...spec, process: { ...spec.process, args } } satisfies ConformanceSpec;
    },
    [Symbol.asyncDispose]: async () => {
      // P5, after whatever the rule did.
      const { differences, damage } = verifyProjection(shiplog.log);
      await opened.disposeAsync();
      if (differences.length + damage.length + errors.length > 0) {
        throw new Error(`the state is not what the log says: ${JSON.stringify({ differences, damage, errors })}`);
      }
    },
  };
}

for (const plugin of [runcPlugin, crunPlugin]) {
  runtimeConformance({
    name: `TaskManager on ${plugin.id}`,
    skip: cannotRun(plugin),
    open: () => openManager(plugin),
  });
}
