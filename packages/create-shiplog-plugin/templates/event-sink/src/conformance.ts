/** Its other end, for `shiplog conformance` and for the tests: only a sink itself knows that. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSink } from './file-sink.ts';

export async function conformance() {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-sink-'));
  const path = join(folder, 'events.jsonl');
  return {
    sink: new FileSink(path),
    received: async () => positionsIn(path),
    // A folder in its place takes no line.
    fail: () => mkdir(path),
    mend: () => rmdir(path).catch(() => undefined),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function positionsIn(path: string): readonly number[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return [...new Set(lines.map((line) => (JSON.parse(line) as { position: number }).position))];
}
