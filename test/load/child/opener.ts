/** `node opener.ts RUNTIME DIR HOLD`: opens a root, closes it, and prints what the opening took and what it held. */
import { join } from 'node:path';
import { openShiplog } from '@shiplog/core';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { holdingsOf } from '../holdings.ts';

const [runtime, dir = '', hold] = process.argv.slice(2);
const plugins = [runcPlugin, crunPlugin].filter(({ id }) => id === runtime);
const onError = (error: unknown) => {
  throw error;
};
const folders = { root: join(dir, 'root'), state: join(dir, 'state') };
const began = performance.now();
const before = process.cpuUsage();
await using _shiplog = await openShiplog({ ...folders, plugins, hold: hold === 'true', onError });
const ms = performance.now() - began;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000, holdings: holdingsOf(process.pid) }));
