/** Processes that write, archive and shred at once: what was shredded is nowhere, and nothing else is lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import { shreddingsOf } from '../../src/event-log/shredding.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { newRoot, type Root, web } from './archived-log.js';
import { payloadOf, store } from './numbered-payloads.js';
import { isPackedIn } from './packed-payload.js';

const child = fileURLToPath(new URL('./child/shred-child.ts', import.meta.url));
const loader = fileURLToPath(new URL('../event-log/child/run-sources.ts', import.meta.url));

async function run({ dir }: Root, role: 'write' | 'shred' | 'archive', count: number): Promise<void> {
  const args = ['--no-warnings', '--import', loader, child, role, dirname(dir), String(count)];
  const [code] = await once(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  expect({ role, code }).toEqual({ role, code: 0 });
}

it('what was shredded is nowhere, and all else is there', { timeout: 120_000 }, async () => {
  await using root = await newRoot();
  for (let number = 0; number < 30; number += 1) await store(root.log, number);
  await Promise.all([
    run(root, 'write', 500),
    run(root, 'shred', 60),
    run(root, 'shred', 60),
    run(root, 'archive', 40),
    run(root, 'archive', 40),
  ]);
  const data = readFileSync(join(root.dir, 'data.mdb'));
  const files = readdirSync(root.archives)
    .filter((name) => name.endsWith('.payloads'))
    .map((name) => readFileSync(join(root.archives, name)));
  const shredded = shreddingsOf(root.log);
  const [left, lost]: [number[], number[]] = [[], []];
  for (let number = 0; number < root.log.version(web); number += 1) {
    const payload = payloadOf(number);
    const sha256 = sha256Of(payload);
    if (!shredded.has(sha256)) {
      if (!Buffer.from(root.log.blob(sha256)).equals(payload)) lost.push(number);
    } else if (data.includes(payload) || files.some((file) => isPackedIn(file, payload))) left.push(number);
  }
  expect({ left, lost, some: shredded.size > 20 && root.log.base.position > 0 }).toEqual({
    left: [],
    lost: [],
    some: true,
  });
  expect(readdirSync(dirname(root.dir)).sort()).toEqual(['archives', 'log']);
  expect(await verifyFolder(root.dir)).toMatchObject({ findings: [], archived: { complete: true } });
});
