/** What its type is tried with, for `shiplog conformance` and for the tests. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TarHandler } from './tar-handler.ts';

export async function conformance() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shiplog-tar-')));
  const [content, source] = [join(folder, 'content'), join(folder, 'rootfs.tar')];
  mkdirSync(content);
  writeFileSync(join(content, 'hello'), 'hello\n');
  execFileSync('tar', ['-C', content, '-cf', source, '.']);
  return {
    handler: new TarHandler(),
    folder,
    samples: [{ type: 'tar', source, options: ['ro', 'size=1m'], shows: ['hello'] }],
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
