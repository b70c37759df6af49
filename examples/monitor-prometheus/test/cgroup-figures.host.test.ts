/** The example as a user has it: fed by the command, scraped over HTTP, beside what the kernel says of a real container. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { useHost } from '../../../test/e2e/cli-harness.js';

const owner = useHost();
const runc = 'io.containerd.runc.v2';
const id = 'io.containerd.prometheus.v1';
const example = fileURLToPath(new URL('..', import.meta.url));
const patience = { timeout: 20_000, interval: 50 };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Seconds that a process ran; the kernel counts in ticks of a hundredth. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes of anonymous memory that a process has. */
function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;
}

it('serves what the cgroup of a real task counts, its end, and that it ran out of memory', async ({ skip }) => {
  const { host } = owner;
  const reports = await host.json<Record<'id' | 'status' | 'reason', string>>('plugins');
  const report = reports.find((each) => each.id === runc);
  if (report?.status !== 'ok') skip(report?.reason ?? 'runc is not among the plugins');
  const port = await freePort();
  const config = join(host.dir, 'prometheus.json');
  await writeFile(config, JSON.stringify({ plugins: [example], config: { [id]: { port } } }), { mode: 0o600 });
  const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const figure = (page: string, name: string) =>
    Number(new RegExp(`^shiplog_${name} (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
  const ofWeb = (page: string, name: string) => figure(page, `task_${name}\\{namespace="default",task="web"\\}`);

  const feed = host.spawn(['--config', config, 'feed']);
  const held = 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; x=$(head -c 8000000 /dev/zero | tr "\\0" x)';
  const run = ['run', '-d', '--runtime', runc, '--rootfs', host.rootfs];
  await host.ok(...run, '--memory', '256m', 'web', 'sh', '-c', `${held}; echo ready; sleep 1000; : $x`);
  await vi.waitFor(async () => expect(await host.ok('logs', 'web')).toContain('ready'), patience);
  await vi.waitFor(async () => expect(ofWeb(await scrape(), 'pids')).toBe(2), patience);

  const [{ pid } = { pid: 0 }] = await host.json<{ pid: number }>('state', 'web');
  const page = await scrape();
  // Children that have ended count as well.
  expect(ofWeb(page, 'cpu_seconds')).toBeGreaterThan(cpuOf(pid) - 0.02);
  expect(ofWeb(page, 'cpu_seconds')).toBeLessThan(cpuOf(pid) + 10);
  expect(memoryOf(pid)).toBeGreaterThan(8_000_000);
  expect(ofWeb(page, 'memory_bytes')).toBeGreaterThan(memoryOf(pid) / 2);
  expect(ofWeb(page, 'memory_bytes')).toBeLessThan(256 * 2 ** 20);
  expect(figure(page, 'tasks\\{namespace="default"\\}')).toBe(1);

  await host.ok('kill', '-s', 'KILL', 'web');
  await host.run([...run, '--memory', '16m', 'hungry', 'tail', '/dev/zero']);
  const ended = await vi.waitFor(async () => {
    const now = await scrape();
    expect(figure(now, 'task_exits_total\\{namespace="default",code="137"\\}')).toBe(2);
    expect(figure(now, 'task_ooms_total\\{namespace="default"\\}')).toBe(1);
    return now;
  }, patience);
  // Of web it need not have seen the start.
  expect(figure(ended, 'task_duration_seconds_count\\{namespace="default"\\}')).toBeGreaterThanOrEqual(1);
  expect(ended).not.toContain('shiplog_task_memory_bytes{');
  await host.ok('delete', 'web', 'hungry');
  await vi.waitFor(async () => expect(await scrape()).not.toContain('shiplog_tasks{'), patience);
  feed.child.kill('SIGINT');
  expect(await feed.result).toMatchObject({ exitCode: 130 });
});
