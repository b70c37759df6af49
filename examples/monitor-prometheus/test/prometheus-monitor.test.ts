import { sampleRecords } from '@shiplog/conformance/rules';
import {
  type LogRecord,
  marshalAny,
  NotImplementedError,
  parseTimestamp,
  type Task,
  UnavailableError,
} from '@shiplog/core/plugin';
import { expect, it } from 'vitest';
import { conformance } from '../src/index.ts';
import { startMetricsServer } from '../src/metrics-server.ts';
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

it('counts tasks, exits by code, OOMs and events, and how long a task took', async () => {
  await using host = await conformance();
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

it('shows every task to each of several who ask at once', async () => {
  await using host = await conformance();
  const stats = async () => marshalAny('io.containerd.cgroups.v2.Metrics', { memory: { workingSet: 5 } });
  await host.monitor.monitor({ namespace: 'default', id: 'web', stats } as unknown as Task);
  for (const page of await Promise.all([host.page(), host.page(), host.page()])) {
    expect(page).toContain('shiplog_task_memory_bytes{namespace="default",task="web"} 5');
  }
});

it('tries again where its port was taken, and goes without a fault where it stayed so', async () => {
  let taken = true;
  const serve = () => startMetricsServer(() => monitor.metrics(), '127.0.0.1', 0);
  const monitor: PrometheusMonitor = new PrometheusMonitor(() =>
    taken ? Promise.reject(new UnavailableError('it is taken')) : serve(),
  );
  await expect(monitor.monitor(web)).rejects.toThrow('it is taken');
  await monitor[Symbol.asyncDispose]();
  taken = false;
  await monitor.event(record('/tasks/start', 1));
  await monitor[Symbol.asyncDispose]();
});

it('says where the figures are, and that its port is taken', async () => {
  await using host = await conformance();
  await host.monitor.monitor(web);
  expect(await host.page('/')).toBe('figures are at /metrics\n');
  await using server = await startMetricsServer(async () => ({ type: 'text/plain', text: '' }), '127.0.0.1', 0);
  const again = startMetricsServer(async () => ({ type: 'text/plain', text: '' }), '127.0.0.1', server.port);
  await expect(again).rejects.toThrow(`cannot serve metrics at 127.0.0.1:${server.port}: configure another port`);
});
