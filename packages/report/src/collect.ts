/** Reads records once, from the log's first one, and makes of those that are wanted the data of the page. */
import type { LogRecord, Shredding } from '@shiplog/core';
import {
  type ActorData,
  type Bar,
  dataVersion,
  type EventColumns,
  type ExecBar,
  type ReportData,
  type ReportHead,
} from './data.js';
import { Intern } from './intern.js';
import { kindOf, kinds } from './kinds.js';
import { Lifecycle } from './lifecycle.js';

export interface CollectOptions {
  readonly head: ReportHead;
  /**
   * All of the log up to the last record that is wanted, in order: what happened before the report's span tells the state
   * in which a task enters it.
   */
  readonly records: Iterable<LogRecord>;
  readonly wanted: (record: LogRecord) => boolean;
  /** Whether a task that was there in the span, and of which no record is wanted, is to be shown. */
  readonly shown: (stream: { readonly namespace: string; readonly task: string }) => boolean;
  /** What was destroyed of that to which records refer, by hash. */
  readonly shreddings: ReadonlyMap<string, Shredding>;
  /** An event in a few words. */
  readonly summarize: (event: LogRecord['event']) => string;
  readonly commandLine: (argv: readonly string[]) => string;
}

type Columns = { -readonly [K in keyof EventColumns]: EventColumns[K][number][] };

interface Stream {
  readonly namespace: string;
  readonly task: string;
  readonly life: Lifecycle;
}

export function collect({
  head,
  records,
  wanted,
  shown,
  shreddings,
  summarize,
  commandLine,
}: CollectOptions): ReportData {
  const streams = new Map<string, Stream>();
  const used = new Intern<Stream>();
  const types = new Intern<string>();
  const actors = new Intern<ActorData>();
  const requests = new Intern<string>();
  const commandLines: string[] = [];
  const runtimes = new Intern<string>();
  const summaries = new Intern<string>();
  const events = emptyColumns();
  let [lastPosition, lastMillis] = [0, 0];
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const record of records) {
    const { position, namespace, task, type, time, actor, event } = record;
    const { millis, nanos } = readTime(time, lastMillis);
    const key = `${namespace}\0${task}`;
    const stream = streams.get(key) ?? { namespace, task, life: new Lifecycle() };
    streams.set(key, stream);
    stream.life.add({ type, at: millis + Math.max(0, nanos) / 1e6, event });
    if (!wanted(record)) continue;
    first = Math.min(first, millis);
    last = Math.max(last, millis + 1);
    const { uid, gid, loginUid, user, command, ticket = '' } = actor;
    events.position.push(position - lastPosition);
    events.millis.push(millis - lastMillis);
    events.nanos.push(nanos);
    events.stream.push(used.numberOf(key, () => stream));
    events.version.push(record.version);
    events.type.push(types.numberOf(type, () => type));
    events.kind.push(kinds.indexOf(kindOf(type)));
    events.actor.push(
      actors.numberOf(JSON.stringify([uid, gid, loginUid, user, command, ticket]), () => ({
        ...{ uid, gid, loginUid, user, command, ticket },
      })),
    );
    events.pid.push(actor.pid);
    const request = requests.numberOf(record.correlationId, () => record.correlationId);
    events.request.push(request);
    // Only the first record of a call has it.
    if (actor.argv) commandLines[request] = commandLine(actor.argv);
    events.runtime.push(runtimes.numberOf(record.runtime, () => record.runtime));
    const summary = summarize(event);
    events.summary.push(summaries.numberOf(summary, () => summary));
    events.payload.push(payloadOf(record, shreddings));
    [lastPosition, lastMillis] = [position, millis];
  }
  const span = spanOf(head, first, last);
  // Tasks that were there all the time, and of which nothing was heard.
  for (const [key, stream] of streams) {
    if (stream.task !== '' && shown(stream) && within(stream.life, span)) used.numberOf(key, () => stream);
  }
  return {
    v: dataVersion,
    head,
    span,
    streams: used.values.map(({ namespace, task, life }) => ({ namespace, task, ...clip(life, span) })),
    types: types.values,
    actors: actors.values,
    requests: requests.values,
    commandLines: requests.values.map((_, request) => commandLines[request] ?? ''),
    runtimes: runtimes.values,
    summaries: summaries.values,
    events,
  };
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{6})Z$/;

/** A time that cannot be read stands where the one before it stood, and -1 nanoseconds tell that it is none (P8). */
function readTime(time: string, before: number): { readonly millis: number; readonly nanos: number } {
  const millis = Date.parse(time);
  const [, nanos] = timestamp.exec(time) ?? [];
  if (nanos === undefined || Number.isNaN(millis)) return { millis: before, nanos: -1 };
  return { millis, nanos: Number(nanos) };
}

function emptyColumns(): Columns {
  return {
    position: [],
    millis: [],
    nanos: [],
    stream: [],
    version: [],
    type: [],
    kind: [],
    actor: [],
    pid: [],
    request: [],
    runtime: [],
    summary: [],
    payload: [],
  };
}

/** What was asked for, as far as there are events; else from the first event to the last. */
function spanOf({ scope, generatedAt }: ReportHead, first: number, last: number): readonly [number, number] {
  const now = Date.parse(generatedAt);
  const since = scope.since === undefined ? first : Date.parse(scope.since);
  const until = scope.until === undefined ? last : Math.min(Date.parse(scope.until), Math.max(now, last));
  if (!Number.isFinite(since)) return [now, now];
  return [since, Number.isFinite(until) ? Math.max(since, until) : now];
}

function within(life: Lifecycle, [from, to]: readonly [number, number]): boolean {
  return life.end().bars.some(([, since, until]) => since <= to && (until ?? to) >= from);
}

/** What lies in the span; a bar that began before it keeps its beginning. */
function clip(
  life: Lifecycle,
  [from, to]: readonly [number, number],
): { readonly bars: readonly Bar[]; readonly execs: readonly ExecBar[] } {
  const inside = ([, since, until]: Bar | ExecBar) => since <= to && (until ?? to) >= from;
  const { bars, execs } = life.end();
  return { bars: bars.filter(inside), execs: execs.filter(inside) };
}

/** Without what stands in the other columns, and with what became of the payloads to which it refers. */
function payloadOf(
  { task, correlationId, event, position }: LogRecord,
  shreddings: CollectOptions['shreddings'],
): string {
  const { containerId, requestId, ...rest } = event;
  const told = Object.entries(rest).flatMap(([name, value]) => shreddedIn(name, value, position, shreddings));
  const kept = {
    ...(containerId !== undefined && containerId !== task && { containerId }),
    ...(requestId !== undefined && requestId !== correlationId && { requestId }),
    ...rest,
    ...Object.fromEntries(told),
  };
  return JSON.stringify(kept);
}

function shreddedIn(
  name: string,
  value: unknown,
  referredAt: number,
  shreddings: CollectOptions['shreddings'],
): readonly (readonly [name: string, text: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  const { sha256, secrets } = value as { readonly sha256?: unknown; readonly secrets?: unknown };
  const parts = [
    [name, sha256],
    [`secrets of ${name}`, secrets],
  ] as const;
  return parts.flatMap(([part, hash]) => {
    const shredding = typeof hash === 'string' ? shreddings.get(hash) : undefined;
    // Whoever refers to a payload stores it: what was shredded before that is there again.
    if (!shredding || shredding.position < referredAt) return [];
    const { time, actor, reason, position } = shredding;
    const who = actor.user || `uid ${actor.loginUid ?? actor.uid}`;
    return [[`${part}, shredded`, `on ${time} by ${who}: ${reason} (position ${position})`]];
  });
}
