/** Reads records once, from the log's first one, and makes of those that are wanted the data of the page. */
import type { LogRecord } from '@shiplog/core';
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
  /** An event in a few words. */
  readonly summarize: (event: LogRecord['event']) => string;
}

type Columns = { -readonly [K in keyof EventColumns]: EventColumns[K][number][] };

interface Stream {
  readonly namespace: string;
  readonly task: string;
  readonly life: Lifecycle;
}

export function collect({ head, records, wanted, shown, summarize }: CollectOptions): ReportData {
  const streams = new Map<string, Stream>();
  const used = new Intern<Stream>();
  const types = new Intern<string>();
  const actors = new Intern<ActorData>();
  const requests = new Intern<string>();
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
    const { uid, gid, loginUid, user, command } = actor;
    events.position.push(position - lastPosition);
    events.millis.push(millis - lastMillis);
    events.nanos.push(nanos);
    events.stream.push(used.numberOf(key, () => stream));
    events.version.push(record.version);
    events.type.push(types.numberOf(type, () => type));
    events.kind.push(kinds.indexOf(kindOf(type)));
    events.actor.push(
      actors.numberOf(JSON.stringify([uid, gid, loginUid, user, command]), () => ({
        uid,
        gid,
        loginUid,
        user,
        command,
      })),
    );
    events.pid.push(actor.pid);
    events.request.push(requests.numberOf(record.correlationId, () => record.correlationId));
    events.runtime.push(runtimes.numberOf(record.runtime, () => record.runtime));
    const summary = summarize(event);
    events.summary.push(summaries.numberOf(summary, () => summary));
    events.payload.push(payloadOf(record));
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

/** Without what stands in the other columns. */
function payloadOf({ task, correlationId, event }: LogRecord): string {
  const { containerId, requestId, ...rest } = event;
  const kept = {
    ...(containerId !== undefined && containerId !== task && { containerId }),
    ...(requestId !== undefined && requestId !== correlationId && { requestId }),
    ...rest,
  };
  return JSON.stringify(kept);
}
