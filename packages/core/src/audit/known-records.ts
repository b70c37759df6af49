/** What this version knows: of tasks, and of the system. */
import type { LogRecord } from '../event-log/event-log.js';
import { shredTopics } from '../event-log/shredding.js';
import { pluginTopics } from '../plugin/plugin-events.js';
import { isKnownEvent } from '../task/upcast.js';
import { logTopics } from './log-topics.js';

const systemTopics: ReadonlySet<string> = new Set([...shredTopics, ...pluginTopics, ...logTopics]);

export function isKnownRecord({ type, schema }: Pick<LogRecord, 'type' | 'schema'>): boolean {
  return systemTopics.has(type) ? schema === 1 : isKnownEvent({ type, schema });
}
