/** What changed between two points: the difference of the states, not the story in between. */
import type { Position } from '../event-log/event-log.js';
import type { ExecState, MountSet, TaskState } from '../task/state.js';
import type { AsOf, AsOfOptions, MountsAsOf } from './as-of.js';
import type { StreamState } from './task-projection.js';

/** Text, a number, or a boolean; null for what was not there. */
export type FactValue = string | number | boolean | null;

export interface FactChange {
  /** `status`, `pid`, `exitStatus`, `exec shell status`, ... */
  readonly fact: string;
  readonly before: FactValue;
  readonly after: FactValue;
}

export interface TaskChange {
  readonly namespace: string;
  readonly task: string;
  /**
   * `came` and `went` for a task that was at one of the points only, `replaced` for another task under its name, and
   * `changed` for one that was at both.
   */
  readonly kind: 'came' | 'went' | 'replaced' | 'changed';
  readonly before: StreamState;
  readonly after: StreamState;
  readonly facts: readonly FactChange[];
}

export interface MountChange {
  readonly namespace: string;
  readonly task: string;
  readonly kind: 'made' | 'gone' | 'changed';
  readonly target: string;
  readonly before: MountSet | undefined;
  readonly after: MountSet | undefined;
}

export interface StateChanges {
  readonly from: Position;
  readonly to: Position;
  readonly tasks: readonly TaskChange[];
  readonly mounts: readonly MountChange[];
}

/** Which tasks came, went and changed, and which mounts. A task that came and went in between is no difference. */
export function stateChanges(before: AsOf, after: AsOf, options: AsOfOptions = {}): StateChanges {
  return {
    from: before.position,
    to: after.position,
    tasks: taskChanges(before, after, options),
    mounts: mountChanges(before.mounts(options), after.mounts(options)),
  };
}

function taskChanges(before: AsOf, after: AsOf, options: AsOfOptions): readonly TaskChange[] {
  const changes: TaskChange[] = [];
  for (const [old, now] of pairs(before.tasks(options), after.tasks(options), ({ task }) => task)) {
    const stream = { namespace: (old ?? now).namespace, task: (old ?? now).task };
    const [from, to] = [old ?? before.state(stream), now ?? after.state(stream)];
    const facts = factChanges(factsOf(from.state), factsOf(to.state));
    if (facts.length > 0) changes.push({ ...stream, kind: kindOf(old, now), before: from, after: to, facts });
  }
  return changes;
}

function kindOf(old: StreamState | undefined, now: StreamState | undefined): TaskChange['kind'] {
  if (!old) return 'came';
  if (!now) return 'went';
  return bornAt(old.state) === bornAt(now.state) ? 'changed' : 'replaced';
}

function bornAt(state: TaskState): string {
  return state.status === 'absent' ? '' : state.createRequestedAt;
}

function mountChanges(before: readonly MountsAsOf[], after: readonly MountsAsOf[]): readonly MountChange[] {
  const changes: MountChange[] = [];
  for (const [old, now] of pairs(before, after, ({ task, set }) => `${task}\0${set.target}`)) {
    const { namespace, task, set } = old ?? now;
    const isSame = old && now && old.set.requestId === now.set.requestId && old.set.status === now.set.status;
    if (isSame) continue;
    const kind = !old ? 'made' : now ? 'changed' : 'gone';
    changes.push({ namespace, task, kind, target: set.target, before: old?.set, after: now?.set });
  }
  return changes;
}

type Pair<T> = readonly [before: T, after: T | undefined] | readonly [before: undefined, after: T];

/** Those of one namespace and name, in the order of both. */
function pairs<T extends { readonly namespace: string }>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (value: T) => string,
): readonly Pair<T>[] {
  const keyOf = (value: T) => `${value.namespace}\0${nameOf(value)}`;
  const found = new Map<string, Pair<T>>(before.map((value) => [keyOf(value), [value, undefined]]));
  for (const value of after) found.set(keyOf(value), [found.get(keyOf(value))?.[0] as T, value]);
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, pair]) => pair);
}

type Facts = ReadonlyMap<string, FactValue>;

function factChanges(before: Facts, after: Facts): readonly FactChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((fact) => {
    const [old, now] = [before.get(fact) ?? null, after.get(fact) ?? null];
    return old === now ? [] : [{ fact, before: old, after: now }];
  });
}

/** A state as single facts, in the words of `shiplog state`; mounts are apart. */
function factsOf(state: TaskState): Facts {
  if (state.status === 'absent') return new Map([['status', state.status]]);
  const exit = 'exit' in state ? state.exit : undefined;
  const oomKilled = 'oomKilled' in state ? state.oomKilled : exit?.oomKilled;
  const facts: Record<string, FactValue> = {
    status: state.status,
    runtime: state.runtime,
    bundle: state.bundle,
    spec: state.spec.sha256,
    checkpoint: state.checkpoint || null,
    createRequestedAt: state.createRequestedAt,
    pid: 'pid' in state ? state.pid : (exit?.pid ?? null),
    startedAt: 'startedAt' in state ? state.startedAt : null,
    exitStatus: exit?.exitStatus ?? null,
    exitedAt: exit?.exitedAt ?? null,
    certainty: exit?.certainty ?? null,
    oomKilled: oomKilled || null,
    limits: 'resources' in state ? (state.resources?.sha256 ?? null) : null,
    pending: 'pending' in state ? (state.pending?.command ?? null) : null,
    stdin: state.io.stdin || null,
    stdout: state.io.stdout || null,
    stderr: state.io.stderr || null,
    terminal: state.io.terminal || null,
  };
  const execs = 'execs' in state ? Object.values(state.execs) : [];
  for (const exec of execs) {
    for (const [name, value] of Object.entries(execFacts(exec))) facts[`exec ${exec.execId} ${name}`] = value;
  }
  return new Map(Object.entries(facts));
}

function execFacts(exec: ExecState): Readonly<Record<string, FactValue>> {
  return {
    status: exec.status,
    ...('pid' in exec && { pid: exec.pid }),
    ...('exit' in exec && { exitStatus: exec.exit.exitStatus, certainty: exec.exit.certainty }),
    ...(exec.pending && { pending: exec.pending.command }),
  };
}
