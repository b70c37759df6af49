import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxMissing, busyboxRootfs, runtimeConformance } from '@shiplog/conformance';
import { plugin } from '../src/index.ts';
import { whyNoSandbox } from './why-no-sandbox.ts';

runtimeConformance({
  name: plugin.id,
  capabilities: plugin.capabilities,
  skip: busyboxMissing ?? whyNoSandbox(),
  async open() {
    const base = mkdtempSync(join(tmpdir(), 'shiplog-bwrap-'));
    const rootfs = busyboxRootfs(join(base, 'rootfs'));
    const folders = { stateDir: join(base, 'state'), rootDir: join(base, 'root') };
    const start = async () =>
      plugin.init({ ...folders, config: undefined, note: () => {}, signal: new AbortController().signal });
    return {
      runtime: await start(),
      again: start,
      folder: base,
      spec: (args) => ({
        ociVersion: '1.2.0',
        root: { path: rootfs },
        process: { args, cwd: '/', env: ['PATH=/bin'] },
        mounts: [
          { destination: '/proc', type: 'proc', source: 'proc' },
          { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
        ],
      }),
      makeFifo: (path) => execFileSync('mkfifo', [path]),
      [Symbol.asyncDispose]: async () => rmSync(base, { recursive: true, force: true }),
    };
  },
});
