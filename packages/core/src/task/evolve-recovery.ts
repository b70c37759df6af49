/** What recovery's own events do to the state. */
import type { TaskEventOf } from './events.js';
import { isGone, type TaskState } from './state.js';

export function cleanRequested(
  state: TaskState,
  { requestId, owner, runtime }: TaskEventOf<'/recovery/clean-requested'>,
): TaskState {
  return isGone(state) ? { ...state, cleaning: { command: 'clean', requestId, owner, runtime } } : state;
}

export function closeCleaning(state: TaskState, { requestId }: { readonly requestId: string }): TaskState {
  if (!isGone(state) || state.cleaning?.requestId !== requestId) return state;
  const { cleaning: _closed, ...rest } = state;
  return rest;
}

/** The request stays as it is; its owner is another. */
export function claimed(state: TaskState, { requestId, owner }: TaskEventOf<'/recovery/claimed'>): TaskState {
  const take = <R extends { readonly requestId: string }>(request: R): R =>
    request.requestId === requestId ? { ...request, owner } : request;
  const mounts = mapValues(state.mounts, take);
  if (isGone(state)) return { ...state, mounts, ...(state.cleaning && { cleaning: take(state.cleaning) }) };
  const kills = mapValues(state.kills, take);
  const execs = mapValues(state.execs, (exec) => ({ ...exec, pending: exec.pending && take(exec.pending) }));
  if (state.status === 'creating') return { ...state, mounts, kills, execs, pending: take(state.pending) };
  return { ...state, mounts, kills, execs, pending: state.pending && take(state.pending) };
}

function mapValues<V>(record: Readonly<Record<string, V>>, change: (value: V) => V): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
