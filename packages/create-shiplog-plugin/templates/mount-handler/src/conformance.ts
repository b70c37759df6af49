/** What its types are tried with, for `shiplog conformance` and for the tests. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScratchHandler } from './scratch-handler.ts';

export async function conformance() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shiplog-mounts-')));
  return {
    handler: new ScratchHandler(),
    folder,
    samples: [{ type: 'scratch', source: 'scratch', options: ['size=1m'] }],
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
