/** The one place that knows old shapes: each step lifts an event by one version, until it has the present one. */
import { eventVersions, type TaskEvent, type TaskTopic } from './events.js';

/** An event as it was stored. */
export interface StoredEvent {
  readonly type: string;
  /** The version of its shape. */
  readonly schema: number;
  readonly event: Readonly<Record<string, unknown>>;
}

type Step = (event: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** `steps[topic][n]` lifts version n to n + 1. */
const steps: Partial<Record<TaskTopic, Readonly<Record<number, Step>>>> = {
  // Since version 2 the spec's secrets may be a blob of their own: whoever knows the first alone would take masks for values.
  '/tasks/create-requested': { 1: (event) => event },
  '/tasks/exec-requested': { 1: (event) => event },
  '/mounts/activate-failed': { 1: (event) => ({ ...event, left: [] }) },
  '/mounts/deactivated': { 1: (event) => ({ ...event, detached: [] }) },
};

function isTaskTopic(type: string): type is TaskTopic {
  return Object.hasOwn(eventVersions, type);
}

/** Whether this version knows the type of an event, and its shape. */
export function isKnownEvent({ type, schema }: Pick<StoredEvent, 'type' | 'schema'>): boolean {
  return isTaskTopic(type) && schema > 0 && schema <= eventVersions[type];
}

/** The event in its present shape; undefined where this version does not know its type or its shape (P8). */
export function upcast(stored: StoredEvent): TaskEvent | undefined {
  if (!isTaskTopic(stored.type)) return undefined;
  const present = eventVersions[stored.type];
  let { event } = stored;
  for (let version = stored.schema; version !== present; version += 1) {
    const step = steps[stored.type]?.[version];
    if (!step || version > present) return undefined;
    event = step(event);
  }
  return { ...event, type: stored.type } as TaskEvent;
}
