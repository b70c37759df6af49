/**
 * What became of plugins, as events of the system's stream. A process that stays records every load, failure and
 * disposal of its own. A short one would fill the log with the same words at every command, so it records what is not
 * what the log says already: another version, a failure, a plugin that was never there.
 */
import { randomUUID } from 'node:crypto';
import type { EventLog } from '../event-log/event-log.js';
import type { Projection } from '../event-log/projection.js';
import { systemStream } from '../event-log/shredding.js';
import { canonicalJson } from '../kernel/canonical-json.js';
import type { Clock } from '../kernel/clock.js';
import { actorOf } from '../runtime/actor.js';
import { systemRecord } from '../runtime/system-record.js';
import type { PluginReport, PluginStatus } from './plugin-report.js';
import type { DisposalFailure } from './registry.js';

interface PluginOutcome {
  /** The plugin's ID; what it was named by, where it could not be loaded. */
  readonly plugin: string;
  readonly pluginType: string;
  readonly version: string;
  /** Empty where the program itself brought it. */
  readonly source: string;
  /** Why it is not loaded; empty where it is. */
  readonly reason: string;
}

export interface PluginEventPayloads {
  '/plugins/loaded': PluginOutcome;
  /** The host lacks something that it needs. */
  '/plugins/skipped': PluginOutcome;
  '/plugins/failed': PluginOutcome;
  '/plugins/disposed': { readonly plugin: string };
  '/plugins/dispose-failed': { readonly plugin: string; readonly reason: string };
}

export type PluginTopic = keyof PluginEventPayloads;

const eventVersions = {
  '/plugins/loaded': 1,
  '/plugins/skipped': 1,
  '/plugins/failed': 1,
  '/plugins/disposed': 1,
  '/plugins/dispose-failed': 1,
} as const satisfies Record<PluginTopic, number>;

export const pluginTopics = Object.keys(eventVersions) as PluginTopic[];

const topicOf = {
  ok: '/plugins/loaded',
  skip: '/plugins/skipped',
  error: '/plugins/failed',
} as const satisfies Record<PluginStatus, PluginTopic>;

const outcomes: ReadonlySet<string> = new Set(Object.values(topicOf));

type PluginEvent = { readonly [T in PluginTopic]: { readonly type: T } & PluginEventPayloads[T] }[PluginTopic];

/** Names and reasons come from elsewhere, and may be of any length. */
const keptLength = 512;

function outcomeOf({ id, type, version, source, status, reason = '' }: PluginReport): PluginEvent {
  const [plugin = '', why = ''] = [id, reason].map((text) => text.slice(0, keptLength));
  return { type: topicOf[status], plugin, pluginType: String(type), version, source, reason: why };
}

export const pluginProjectionName = 'plugins';

/** What the log says became of each plugin last. */
export const pluginProjection: Projection = {
  name: pluginProjectionName,
  version: 1,
  apply({ type, task, event }, store) {
    if (task !== '' || !outcomes.has(type)) return;
    store.put(String(event.plugin), encode({ type, ...event }));
  },
};

function encode(event: object): Uint8Array {
  return Buffer.from(canonicalJson(event as Parameters<typeof canonicalJson>[0]));
}

function isKnown(log: EventLog, event: PluginEvent): boolean {
  const stored = log.projected(pluginProjectionName, event.plugin);
  return stored !== undefined && Buffer.from(stored).equals(encode(event));
}

/** @param all also what the log says already */
export async function recordOutcomes(
  log: EventLog,
  clock: Clock,
  reports: readonly PluginReport[],
  { all }: { readonly all: boolean },
): Promise<void> {
  await append(
    log,
    clock,
    reports.map(outcomeOf).filter((event) => all || !isKnown(log, event)),
  );
}

/** @param all also those that went well */
export async function recordDisposals(
  log: EventLog,
  clock: Clock,
  started: readonly string[],
  failures: readonly DisposalFailure[],
  { all }: { readonly all: boolean },
): Promise<void> {
  const failed = new Map(failures.map(({ id, reason }) => [id, reason.slice(0, keptLength)]));
  const events = started.toReversed().flatMap((plugin): PluginEvent[] => {
    const reason = failed.get(plugin);
    if (reason !== undefined) return [{ type: '/plugins/dispose-failed', plugin, reason }];
    return all ? [{ type: '/plugins/disposed', plugin }] : [];
  });
  await append(log, clock, events);
}

async function append(log: EventLog, clock: Clock, events: readonly PluginEvent[]): Promise<void> {
  if (events.length === 0) return;
  const actor = actorOf({ command: 'plugins' }, randomUUID());
  const time = clock.now();
  await log.append({
    stream: systemStream,
    expectedVersion: 'any',
    records: events.map(({ type, ...event }) =>
      systemRecord({ type, schema: eventVersions[type], event }, actor, time),
    ),
  });
}
