import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileWatch } from '../../src/event-log/file-watch.js';
import { tempFolder } from './temp-folder.js';

/** Counts calls, and resolves for whoever waits for the next one. */
function calls() {
  let next = Promise.withResolvers<void>();
  const seen = { count: 0, next: () => next.promise };
  const called = () => {
    seen.count += 1;
    next.resolve();
    next = Promise.withResolvers();
  };
  return { seen, called };
}

describe('watching a file', () => {
  it('calls back after a write, and once more when the writer has surely finished', async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, 'file');
    await writeFile(path, '');
    const { seen, called } = calls();
    using _watch = new FileWatch(path, called);
    const begin = performance.now();
    await appendFile(path, 'x');
    while (seen.count < 2) await seen.next();
    expect(performance.now() - begin).toBeLessThan(900); // The heartbeat had no part in it.
  });

  it('looks again and again where nothing can be watched', async () => {
    await using folder = await tempFolder();
    const { seen, called } = calls();
    using _watch = new FileWatch(join(folder.path, 'missing'), called);
    while (seen.count < 3) await seen.next();
  });

  it('is silent once it is disposed of, however often', async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, 'file');
    await writeFile(path, '');
    const { seen, called } = calls();
    const watch = new FileWatch(path, called);
    await appendFile(path, 'x');
    await seen.next();
    watch[Symbol.dispose]();
    watch[Symbol.dispose]();
    const { count } = seen;
    const other = calls();
    using _watch = new FileWatch(path, other.called);
    await appendFile(path, 'y');
    while (other.seen.count < 2) await other.seen.next();
    expect(seen.count).toBe(count);
  });
});
