/** The rows of the timeline: a heading for each namespace, and its tasks in the order in which they came. */
import type { Model } from './model.js';

export type Row =
  | { readonly kind: 'namespace'; readonly name: string; readonly tasks: number }
  | { readonly kind: 'task'; readonly stream: number };

export function rowsOf(model: Model, streams: readonly number[]): readonly Row[] {
  const beginnings = new Map(streams.map((stream) => [stream, beginningOf(model, stream)]));
  const byNamespace = Map.groupBy(streams, (stream) => model.data.streams[stream]?.namespace ?? '');
  const names = [...byNamespace.keys()].sort();
  return names.flatMap((name): readonly Row[] => {
    const members = [...(byNamespace.get(name) ?? [])];
    members.sort((left, right) => (beginnings.get(left) ?? 0) - (beginnings.get(right) ?? 0) || left - right);
    return [
      { kind: 'namespace', name, tasks: members.length },
      ...members.map((stream): Row => ({ kind: 'task', stream })),
    ];
  });
}

/** Whether a task was there, or something happened to it, between two times. */
export function isInView(
  model: Model,
  stream: number,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  const { bars = [] } = model.data.streams[stream] ?? {};
  const { base, time } = model;
  if (bars.some(([, since, until]) => since - base <= to && (until === null || until - base >= from))) return true;
  const events = model.byStream[stream] ?? new Uint32Array();
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((time[events[middle] ?? 0] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const next = events[low];
  return next !== undefined && (time[next] ?? 0) <= to;
}

function beginningOf(model: Model, stream: number): number {
  const bar = model.data.streams[stream]?.bars[0];
  const event = model.byStream[stream]?.[0];
  const ofEvent = event === undefined ? Number.POSITIVE_INFINITY : (model.time[event] ?? 0);
  return Math.min(bar ? bar[1] - model.base : Number.POSITIVE_INFINITY, ofEvent);
}
