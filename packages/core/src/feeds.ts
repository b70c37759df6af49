/** Feeds the plugins that live on the log: event sinks and task monitors. */
import type { EventLog } from './event-log/event-log.js';
import type { Subscriptions } from './event-log/subscriptions.js';
import type { PluginRegistry } from './plugin/registry.js';
import { feedMonitor } from './runtime/monitor-feed.js';
import { feedSink } from './runtime/sink-feed.js';
import type { TaskManager } from './runtime/task-manager.js';

export interface FeedOptions {
  /** Ends the feeding, without an error. */
  readonly signal: AbortSignal;
  /** End when each sink has what was in the log, and leave the monitors out: they have nothing but the present. */
  readonly once?: boolean;
}

export interface Feeds {
  readonly log: EventLog;
  readonly registry: PluginRegistry;
  readonly runtime: TaskManager;
  readonly subscriptions: Subscriptions;
  readonly onError: (error: unknown) => void;
}

/** @throws the first error of a sink that could not be fed to the end; the others were by then */
export async function feedPlugins(
  { log, registry, runtime, subscriptions, onError }: Feeds,
  { signal, once = false }: FeedOptions,
): Promise<void> {
  const ok = registry.reports.filter(({ status }) => status === 'ok');
  const sinks = ok.filter(({ type }) => type === 'event-sink');
  const monitors = once ? [] : ok.filter(({ type }) => type === 'task-monitor');
  const feeds = [
    ...sinks.map(({ id }) => {
      const sink = registry.get('event-sink', id);
      return feedSink({ log, id, sink, subscriptions, signal, once, onError });
    }),
    ...monitors.map(({ id }) => {
      const monitor = registry.get('task-monitor', id);
      return feedMonitor({ log, runtime, id, monitor, signal, onError });
    }),
  ];
  const failed = (await Promise.allSettled(feeds)).filter((result) => result.status === 'rejected');
  if (failed[0]) throw failed[0].reason;
}
