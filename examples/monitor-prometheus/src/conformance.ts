/** Its page at a port of its own, for `shiplog conformance` and for the tests. */
import { type MetricsServer, startMetricsServer } from './metrics-server.ts';
import { PrometheusMonitor } from './prometheus-monitor.ts';

const figureOfTask = /^shiplog_task_pids\{namespace="([^"]*)",task="([^"]*)"\}/gm;

export async function conformance() {
  let server: MetricsServer | undefined;
  const monitor = new PrometheusMonitor(async () => {
    server = await startMetricsServer(() => monitor.metrics(), '127.0.0.1', 0);
    return server;
  });
  return {
    monitor,
    /** What a path shows; empty while nobody serves it. */
    page: async (path = '/metrics') => (server ? (await fetch(`http://127.0.0.1:${server.port}${path}`)).text() : ''),
    async watched() {
      return [...(await this.page()).matchAll(figureOfTask)].map(([, namespace, task]) => `${namespace}/${task}`);
    },
    [Symbol.asyncDispose]: () => monitor[Symbol.asyncDispose](),
  };
}
