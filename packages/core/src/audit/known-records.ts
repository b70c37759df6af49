/** What this version knows: of tasks, and of the system. */
import type { LogRecord } from '../event-log/event-log.js';
import { shredTopics } from '../event-log/shredding.js';
import { pluginTopics } from '../plugin/plugin-events.js';
import { isKnownEvent } from '../task/upcast.js';
import { logEventVersions, logTopics } from './log-topics.js';

const systemVersions: ReadonlyMap<string, number> = new Map<string, number>([
  ...[...shredTopics, ...pluginTopics].map((topic) => [topic, 1] as const),
  ...logTopics.map((topic) => [topic, logEventVersions[topic]] as const),
]);

export function isKnownRecord({ type, schema }: Pick<LogRecord, 'type' | 'schema'>): boolean {
  const newest = systemVersions.get(type);
  return newest === undefined ? isKnownEvent({ type, schema }) : schema >= 1 && schema <= newest;
}
