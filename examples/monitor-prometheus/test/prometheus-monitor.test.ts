import { sampleRecords } from '@shiplog/conformance/rules';
import { type LogRecord, NotImplementedError, parseTimestamp, type Task } from '@shiplog/core/plugin';
import { expect, it } from 'vitest';
import { type MetricsServer, startMetricsServer } from '../src/metrics-server.ts';
import { PrometheusMonitor } from '../src/prometheus-monitor.ts';

const at = (second: number) => parseTimestamp(`2026-01-31T12:00:0${second}.000000000Z`);

function record(type: string, second: number, event: object = {}): LogRecord {
  const [sample] = sampleRecords(1);
  return {
    ...(sample as LogRecord),
    type,
    time: at(second),
    event: { containerId: 'web', id: 'web', ...event } as never,
  };
}

const web = {
  namespace: 'default',
  id: 'web',
  stats: () => Promise.reject(new NotImplementedError('it counts nothing')),
} as unknown as Task;

async function served() {
  let server: MetricsServer | undefined;
  const monitor = new PrometheusMonitor(async () => {
    server = await startMetricsServer(() => monitor.metrics(), '127.0.0.1', 0);
    return server;
  });
  const page = async (path = '/metrics') => (await fetch(`http://127.0.0.1:${server?.port}${path}`)).text();
  return { monitor, page, [Symbol.asyncDispose]: () => monitor[Symbol.asyncDispose]() };
}

it('counts tasks, exits by code, OOMs and events, and how long a task took', async () => {
  await using host = await served();
  const { monitor, page } = host;
  await monitor.monitor(web);
  for (const each of [
    record('/tasks/start', 1),
    record('/tasks/oom', 2),
    record('/tasks/exit', 2, { id: 'an-exec', exitStatus: 9 }),
    record('/tasks/exit', 4, { exitStatus: 137, certainty: 'observed' }),
  ]) {
    await monitor.event(each);
  }
  const text = await page();
  expect(text).toContain('shiplog_tasks{namespace="default"} 1');
  expect(text).toContain('shiplog_task_exits_total{namespace="default",code="137"} 1');
  expect(text).not.toContain('code="9"');
  expect(text).toContain('shiplog_task_ooms_total{namespace="default"} 1');
  expect(text).toContain('shiplog_events_total{type="/tasks/exit"} 2');
  expect(text).toContain('shiplog_task_duration_seconds_sum{namespace="default"} 3');
  monitor.stop(web);
  expect(await page()).not.toContain('shiplog_tasks{');
});

it('says where the figures are, and that its port is taken', async () => {
  await using host = await served();
  await host.monitor.monitor(web);
  expect(await host.page('/')).toBe('figures are at /metrics\n');
  await using server = await startMetricsServer(async () => ({ type: 'text/plain', text: '' }), '127.0.0.1', 0);
  const again = startMetricsServer(async () => ({ type: 'text/plain', text: '' }), '127.0.0.1', server.port);
  await expect(again).rejects.toThrow(`cannot serve metrics at 127.0.0.1:${server.port}: configure another port`);
});
