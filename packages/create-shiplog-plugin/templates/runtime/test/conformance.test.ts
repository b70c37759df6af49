import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeConformance } from '@shiplog/conformance';
import { plugin } from '../src/index.ts';

runtimeConformance({
  name: plugin.id,
  capabilities: plugin.capabilities,
  async open() {
    const base = mkdtempSync(join(tmpdir(), 'shiplog-plugin-'));
    const folders = { stateDir: join(base, 'state'), rootDir: join(base, 'root') };
    const start = async () =>
      plugin.init({ ...folders, config: undefined, note: () => {}, signal: new AbortController().signal });
    return {
      runtime: await start(),
      again: start,
      folder: base,
      spec: (args) => ({ ociVersion: '1.2.0', process: { args, cwd: '/', env: [`PATH=${process.env.PATH}`] } }),
      makeFifo: (path) => execFileSync('mkfifo', [path]),
      [Symbol.asyncDispose]: async () => rmSync(base, { recursive: true, force: true }),
    };
  },
});
