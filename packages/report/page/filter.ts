/** Which events, and which tasks, are looked at. */
import { type Kind, kinds } from '../src/kinds.js';
import type { Model } from './model.js';

export interface Filter {
  readonly text: string;
  readonly namespace: string | undefined;
  readonly task: string;
  /** As the model calls it. */
  readonly user: string | undefined;
  readonly type: string | undefined;
  /** All, where there is none. */
  readonly kinds: ReadonlySet<Kind>;
}

export const everything: Filter = {
  text: '',
  namespace: undefined,
  task: '',
  user: undefined,
  type: undefined,
  kinds: new Set(),
};

export interface Filtered {
  /** 1 for an event that passes. */
  readonly passes: Uint8Array;
  /** The numbers of those that pass, in the order of positions. */
  readonly events: Uint32Array;
  /** The numbers of the streams that are shown. */
  readonly streams: readonly number[];
}

export function applyFilter(model: Model, filter: Filter): Filtered {
  const { data, count } = model;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const task = filter.task.toLowerCase();
  const streamPasses = data.streams.map(
    (stream) =>
      (filter.namespace === undefined || stream.namespace === filter.namespace) &&
      (task === '' || stream.task.toLowerCase().includes(task)),
  );
  const type = filter.type === undefined ? undefined : data.types.indexOf(filter.type);
  const kindPasses = kinds.map((kind) => filter.kinds.size === 0 || filter.kinds.has(kind));
  const actorPasses = model.actorNames.map((name) => filter.user === undefined || name === filter.user);
  const passes = new Uint8Array(count);
  const heard = new Uint8Array(data.streams.length);
  const events: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const stream = model.stream[index] ?? 0;
    if (!streamPasses[stream] || !kindPasses[model.kind[index] ?? 0]) continue;
    if (!actorPasses[data.events.actor[index] ?? 0]) continue;
    if (type !== undefined && data.events.type[index] !== type) continue;
    if (words.length > 0) {
      const text = model.searchTextOf(index);
      if (!words.every((word) => text.includes(word))) continue;
    }
    passes[index] = 1;
    heard[stream] = 1;
    events.push(index);
  }
  const ofEvents = words.length > 0 || filter.user !== undefined || type !== undefined || filter.kinds.size > 0;
  const streams = data.streams.flatMap((_, stream) =>
    streamPasses[stream] && (heard[stream] === 1 || !ofEvents) ? [stream] : [],
  );
  return { passes, events: Uint32Array.from(events), streams };
}
