import { definePlugin } from '@shiplog/core/plugin';
import * as v from 'valibot';
import { startMetricsServer } from './metrics-server.ts';
import { PrometheusMonitor } from './prometheus-monitor.ts';

const config = v.strictObject({
  /** Where `/metrics` is served. */
  address: v.optional(v.string(), '127.0.0.1'),
  port: v.optional(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(65_535)), 9_464),
});

/** Serves figures of tasks for Prometheus, and whatever else reads its format: OpenTelemetry's collector, for one. */
export const plugin = definePlugin({
  id: 'io.containerd.prometheus.v1',
  type: 'task-monitor',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  config,
  init: ({ config: { address, port }, note }: { config: v.InferOutput<typeof config>; note(text: string): void }) => {
    const monitor = new PrometheusMonitor(() => startMetricsServer(() => monitor.metrics(), address, port));
    note(`feed serves http://${address}:${port}/metrics`);
    return monitor;
  },
});

export { conformance } from './conformance.ts';
