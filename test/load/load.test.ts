/** Some tens of tasks at once, and nothing of them is left; `npm run load` makes a thousand, and measures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';
import { reboot } from '../crash/host.js';
import { build } from '../e2e/build.js';
import { runLoad } from './load.js';

const tasks = 25;
/** What a test may take where others are at work; it ends as soon as it can. */
const timeout = 120_000;

beforeAll(build);

describe.each([runcPlugin, crunPlugin])('on $id', (plugin) => {
  const skip = cannotRun(plugin);
  let dir: string;

  beforeEach((context) => {
    if (skip !== undefined) context.skip(skip);
    // conmon's socket lives below the state folder, and a socket's path is short.
    dir = mkdtempSync(join(tmpdir(), 'sll-'));
  });
  afterEach(async () => {
    if (skip !== undefined) return;
    await reboot(dir);
    rmSync(dir, { recursive: true, force: true });
  });

  it(`${tasks} tasks are made, found again, killed and deleted, and leave nothing`, { timeout }, async () => {
    const { owner, ownerBefore, openAndHold, monitor } = await runLoad({ plugin, tasks, atOnce: 4, dir });
    // What a task costs its owner is said in watches, and in no open file.
    expect(owner.descriptors).toBeLessThan(ownerBefore.descriptors + tasks);
    expect(owner.watches).toBeGreaterThan(tasks);
    expect(openAndHold.holdings.watches).toBeGreaterThan(tasks);
    expect(monitor.descriptors).toBeLessThan(20);
  });
});
