/** What its scheme is tried with, for `shiplog conformance` and for the tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderDriver } from './folder-driver.ts';

export async function conformance() {
  const base = mkdtempSync(join(tmpdir(), 'shiplog-driver-'));
  return {
    driver: new FolderDriver(base),
    uris: ['folder://shop'],
    wrong: ['folder://', 'folder://../etc', 'folder://a/b'],
    [Symbol.asyncDispose]: async () => rmSync(base, { recursive: true, force: true }),
  };
}
