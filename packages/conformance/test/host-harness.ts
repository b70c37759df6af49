/** The runtime of the generator's template: processes of the host, without root. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeHarness } from '@shiplog/conformance';
import type { PlatformRuntime } from '@shiplog/core/plugin';
import { HostRuntime } from '../../create-shiplog-plugin/templates/runtime/src/runtime.ts';

/** @param make what the suite gets in the place of a runtime that is right */
export async function openHost(make = (right: PlatformRuntime) => right): Promise<RuntimeHarness> {
  const base = mkdtempSync(join(tmpdir(), 'shiplog-rules-'));
  const folders = { stateDir: join(base, 'state'), rootDir: join(base, 'root') };
  const start = (): PlatformRuntime => make(new HostRuntime('io.containerd.host.v1', folders));
  return {
    runtime: start(),
    again: async () => start(),
    folder: base,
    spec: (args) =>
      ({ process: { args, cwd: '/', env: [`PATH=${process.env.PATH}`] } }) as { process: { args: typeof args } },
    makeFifo: (path) => execFileSync('mkfifo', [path]),
    [Symbol.asyncDispose]: async () => rmSync(base, { recursive: true, force: true }),
  };
}
