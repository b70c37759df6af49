/**
 * Whether a history is linearizable. The log is one order of all that happened, so there is no order to be searched for:
 * it has to fit what each client saw. What a call put into the log stands between where the log was before the call and
 * where it was after; what it was told is what the model says at one of the positions between; and nobody who looks later
 * sees less.
 */
import type { LogRecord, TaskEvent } from '@shiplog/core';
import type { Call, Look, Seen } from './history.ts';
import { absent, follow, Impossible, type Model, refusal } from './model.ts';

interface Point {
  readonly position: number;
  readonly model: Model;
}

type Recorded = LogRecord & { readonly event: { readonly requestId?: string } };

export function checkHistory(records: readonly LogRecord[], calls: readonly Call[]): readonly string[] {
  const complaints: string[] = [];
  const streams = new Map<string, Point[]>();
  for (const record of records) {
    if (record.task === '') continue;
    const points = streams.get(record.task) ?? [{ position: 0, model: absent }];
    streams.set(record.task, points);
    try {
      const event = { ...record.event, type: record.type } as TaskEvent;
      points.push({ position: record.position, model: follow((points.at(-1) as Point).model, event) });
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      complaints.push(`${record.task}, position ${record.position}: ${error.message}`);
    }
  }
  const byPosition = new Map(records.map((record) => [record.position, record as Recorded]));
  const outcomes = new Map<string, Recorded>();
  for (const record of byPosition.values()) {
    const { requestId } = record.event;
    if (requestId !== undefined && !/requested|claimed/.test(record.type)) outcomes.set(requestId, record);
  }
  for (const call of calls) {
    const wrong = checkCall(call, { streams, byPosition, outcomes });
    if (wrong !== undefined) complaints.push(`${wrong}: ${JSON.stringify(call)}`);
  }
  return [...complaints, ...checkLooks(calls)];
}

interface Log {
  readonly streams: ReadonlyMap<string, readonly Point[]>;
  readonly byPosition: ReadonlyMap<number, Recorded>;
  readonly outcomes: ReadonlyMap<string, Recorded>;
}

/** The models of a task from where the log was before the call to where it was after. */
function during(streams: Log['streams'], task: string, { before, after }: Call): readonly Model[] {
  const points = streams.get(task) ?? [{ position: 0, model: absent }];
  const first = points.findLastIndex(({ position }) => position <= before.head);
  return points
    .slice(first)
    .filter(({ position }, index) => index === 0 || position <= (after?.head ?? 0))
    .map(({ model }) => model);
}

/** What is wrong with it; undefined if nothing is. */
function checkCall(call: Call, log: Log): string | undefined {
  const { receipts = [], before, after, code, command } = call;
  if (after === undefined) return undefined; // Its client was killed.
  for (const position of receipts) {
    if (position <= before.head || position > after.head) return `what it wrote is at ${position}`;
    const record = log.byPosition.get(position);
    if (record?.task !== call.task) return `what it wrote is not at ${position}`;
  }
  const models = during(log.streams, call.task, call);
  if (command === 'list') return checkSeen(call.seen ?? [], call, log);
  if (command === 'state') {
    if (code === '') return checkSeen(call.seen ?? [], call, log);
    return models.some(({ status }) => status === 'absent') ? undefined : 'it was there all the time';
  }
  if (command === 'wait') return checkWait(call, models);
  return checkCommand(call, models, log);
}

function checkCommand(call: Call, models: readonly Model[], log: Log): string | undefined {
  const { receipts = [], code, command, exec, exit } = call;
  const request = receipts
    .map((position) => log.byPosition.get(position))
    .find((record) => record?.type.endsWith('-requested'));
  if (!request) {
    if (code === '') return 'it succeeded, and was never asked for';
    const refused = (model: Model) =>
      refusal(model, command, exec) === code ||
      (code === 'not-found' && exec !== '' && !Object.hasOwn(model.execs, exec));
    return models.some(refused) ? undefined : 'there was no reason to refuse it';
  }
  const outcome = log.outcomes.get(request.event.requestId ?? '');
  if (!outcome) return 'its request is open';
  const failed = outcome.type.endsWith('-failed');
  if (outcome.position > (call.after?.head ?? 0)) return 'it returned before its outcome was there';
  if (failed) return code === outcome.event.code ? checkCode(call) : `it failed with ${String(outcome.event.code)}`;
  if (code !== '') return 'it was done, and said to have failed';
  return command === 'delete' && exit !== outcome.event.exitStatus ? 'its exit is another' : undefined;
}

/** Why an effect may fail: its process was gone, or frozen, before the log knew. */
const honest: readonly string[] = ['not-found', 'failed-precondition'];

function checkCode({ code = '' }: Call): string | undefined {
  return honest.includes(code) ? undefined : 'an effect failed that had no reason to';
}

function checkWait({ code, exit }: Call, models: readonly Model[]): string | undefined {
  if (code === 'deadline-exceeded') return undefined;
  if (code === 'not-found')
    return models.some(({ status }) => status === 'absent' || status === 'creating')
      ? undefined
      : 'it was there all the time';
  if (code !== '') return 'a wait cannot fail like that';
  return models.some((model) => model.exit === exit) ? undefined : 'its exit is another';
}

function checkSeen(seen: readonly Seen[], call: Call, { streams }: Log): string | undefined {
  for (const { task, status, pid } of seen) {
    const possible = during(streams, task, call);
    const is = (model: Model) =>
      (model.status === 'creating' && (status === 'creating' || (status === 'created' && pid === 0))) ||
      (model.status === status && model.pid === pid);
    if (!possible.some(is)) return `${task} never was ${status} with pid ${pid}`;
  }
  if (call.command !== 'list') return undefined;
  for (const task of streams.keys()) {
    const wasThere = during(streams, task, call).every(({ status }) => status !== 'absent');
    if (wasThere && !seen.some((one) => one.task === task)) return `${task} is not in the list`;
  }
  return undefined;
}

/** Who looks after another has looked sees no less of the log. */
function checkLooks(calls: readonly Call[]): readonly string[] {
  const looks = calls.flatMap(({ before, after }) => (after ? [before, after] : [before]));
  const ended = looks.toSorted((one, other) => compare(one.until, other.until));
  let next = 0;
  let seen = 0;
  return looks
    .toSorted((one, other) => compare(one.since, other.since))
    .flatMap(({ since, head }) => {
      for (; next < ended.length && compare((ended[next] as Look).until, since) < 0; next += 1)
        seen = Math.max(seen, (ended[next] as Look).head);
      return head < seen ? [`position ${seen} was seen, and then ${head} was the last one`] : [];
    });
}

function compare(one: string, other: string): number {
  return Number(BigInt(one) - BigInt(other));
}
