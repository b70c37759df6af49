/** `npm create shiplog-plugin`, as a new user has it: each type builds and loads, and what it is to keep it keeps. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const creator = join(checkout, 'packages/create-shiplog-plugin');
const types = readdirSync(join(creator, 'templates')).filter((name) => name !== 'common');
let folder: string;

/** What `npm install` would bring, from this checkout. */
function install(target: string): void {
  const modules = join(target, 'node_modules');
  for (const scope of ['@shiplog', '@types']) mkdirSync(join(modules, scope), { recursive: true });
  for (const name of ['core', 'conformance']) {
    symlinkSync(join(checkout, 'packages', name), join(modules, '@shiplog', name));
  }
  for (const name of ['@types/node', 'typescript', 'vitest']) {
    symlinkSync(join(checkout, 'node_modules', name), join(modules, name));
  }
}

const runIn = (target: string, tool: string, ...args: string[]) =>
  execFileSync(join(checkout, 'node_modules/.bin', tool), args, { cwd: target, encoding: 'utf8', stdio: 'pipe' });

beforeAll(() => {
  folder = join(owner.host.dir, 'made');
  mkdirSync(folder);
  for (const type of types) {
    execFileSync(process.execPath, [join(creator, 'dist/main.js'), `my-${type}`, '--type', type], { cwd: folder });
    install(join(folder, `my-${type}`));
  }
});

it('builds each type, and Shiplog loads it', async () => {
  for (const type of types) {
    runIn(join(folder, `my-${type}`), 'tsc', '-p', 'tsconfig.build.json');
  }
  const flags = types.flatMap((type) => ['--plugin', join(folder, `my-${type}`)]);
  const reports = await owner.host.json<Record<'id' | 'type' | 'status', string>>(...flags, 'plugins');
  for (const type of types) {
    expect(reports).toContainEqual(expect.objectContaining({ id: `io.containerd.my-${type}.v1`, type, status: 'ok' }));
  }
});

it.each([
  ['event-sink', /K1 when deliver resolves/],
  ['log-driver', /G1 it says which schemes/],
  ['task-monitor', /W1 the life of a task/],
])('runs the tests of a %s', (type, rule) => {
  expect(runIn(join(folder, `my-${type}`), 'vitest', 'run', '--reporter=verbose')).toMatch(rule);
});

it('keeps the rules, as the command sees it', async () => {
  const { exitCode, stderr } = await owner.host.run(['conformance', join(folder, 'my-event-sink')]);
  expect(stderr).toContain('io.containerd.my-event-sink.v1: 5 passed, 0 failed, 1 not applicable');
  expect(exitCode).toBe(0);
  const runtime = await owner.host.run(['conformance', join(folder, 'my-runtime'), '--rule', 'L1', '--rule', 'X']);
  expect(runtime.stderr).toMatch(/my-runtime.v1: 11 passed, 0 failed/);
  const mounts = await owner.host.run(['conformance', join(folder, 'my-mount-handler')]);
  expect(mounts.stderr).toMatch(/my-mount-handler.v1: 8 passed, 0 failed, 1 not applicable/);
  const driver = await owner.host.run(['conformance', join(folder, 'my-log-driver')]);
  expect(driver.stderr).toMatch(/my-log-driver.v1: 6 passed, 0 failed, 0 not applicable/);
  const monitor = await owner.host.run(['conformance', join(folder, 'my-task-monitor')]);
  expect(monitor.stderr).toMatch(/my-task-monitor.v1: 5 passed, 0 failed, 0 not applicable/);
});

it('says what is wrong with its arguments, and makes nothing', () => {
  const run = () =>
    execFileSync(process.execPath, [join(creator, 'dist/main.js'), 'x', '--type', 'sink'], {
      cwd: folder,
      stdio: 'pipe',
    });
  expect(run).toThrow(/create-shiplog-plugin: there is no type sink/);
  expect(readdirSync(folder)).not.toContain('x');
});
