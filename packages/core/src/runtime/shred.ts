/**
 * Destroys payloads: what records refer to, never a record. It goes as every effect does (P3): who wants what destroyed,
 * and why, is in the log before a byte is touched, and that it is done, in the transaction that removes it. A shredding
 * that was cut short is there to be asked for again.
 */
import { randomUUID } from 'node:crypto';
import type { Actor, EventLog, LogRecord, Position, StreamId } from '../event-log/event-log.js';
import { assertNotArchived, atOneBase } from '../event-log/log-base.js';
import {
  PayloadShreddedError,
  type ShreddedPayload,
  shreddingsOf,
  type shredTopics,
  systemStream,
} from '../event-log/shredding.js';
import { FailedPreconditionError, InvalidArgumentError, NotFoundError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { taskKey } from '../projections/task-projection.js';
import { type Engine, load } from './execute.js';
import { causeOf } from './perform.js';
import { archivedReferences, type Reference, referencesOf, secretsType } from './references.js';
import { systemRecord } from './system-record.js';

/** What to destroy: one payload by its hash, those of a record, or those of a task and of all that had its name before. */
export type ShredTarget = { readonly sha256: Sha256 } | { readonly position: Position } | { readonly task: string };

export interface ShredOpts {
  /** Why; it is kept and printed. */
  readonly reason: string;
  /** The secrets alone; what may be shown stays. */
  readonly secretsOnly?: boolean;
  /** Also what a task needs that is there. */
  readonly force?: boolean;
}

export interface Shredded {
  /** Of the record that says so. */
  readonly position: Position;
  readonly payloads: readonly ShreddedPayload[];
  /** `NAMESPACE/TASK`: whose records refer to them. */
  readonly tasks: readonly string[];
}

/** Where it is asked for. */
export interface ShredPlace {
  readonly namespace: string;
  /** The streams of tasks that are there, or are being made: of every namespace. */
  readonly live: readonly StreamId[];
}

/**
 * @throws NotFoundError if no record refers to such a payload
 * @throws RecordsArchivedError for the position of a record that was archived
 * @throws PayloadShreddedError if it was destroyed before
 * @throws FailedPreconditionError if a task that is there needs it
 * @throws UnavailableError if it cannot be written
 */
export async function shredPayloads(
  engine: Engine,
  actor: Actor,
  target: ShredTarget,
  { reason, secretsOnly = false, force = false }: ShredOpts,
  { namespace, live }: ShredPlace,
): Promise<Shredded> {
  if (reason.trim() === '') throw new InvalidArgumentError('say why it is to be shredded: the log keeps the reason');
  const wanted = wantedBy(engine, namespace, target, secretsOnly);
  const payloads = [...new Map(wanted.map(({ sha256, typeUrl }) => [sha256, { typeUrl, sha256 }])).values()];
  const tasks = [...new Set(wanted.map(({ stream }) => taskKey(stream)))];
  if (!force) assertUnneeded(engine, payloads, live);
  const requestId = randomUUID();
  const what = { requestId, payloads, tasks, reason };
  const record = recorder(engine, actor);
  const asked = await record('/audit/shred-requested', { ...what, owner: engine.processes.self() });
  try {
    const done = await record('/audit/shredded', what, asked, payloads);
    return { position: done, payloads, tasks };
  } catch (error) {
    await record('/audit/shred-failed', { requestId, ...causeOf(error) }, asked).catch(engine.onError);
    throw error;
  }
}

type Topic = (typeof shredTopics)[number];

function recorder(engine: Engine, actor: Actor) {
  return async (type: Topic, event: LogRecord['event'], causation = 0, payloads: readonly ShreddedPayload[] = []) => {
    const { records } = await engine.log.append({
      stream: systemStream,
      expectedVersion: 'any',
      shred: payloads.map(({ sha256 }) => sha256),
      records: [systemRecord({ type, schema: 1, event }, actor, engine.clock.now(), causation)],
    });
    return records[0]?.position ?? 0;
  };
}

function wantedBy(engine: Engine, namespace: string, target: ShredTarget, secretsOnly: boolean): readonly Reference[] {
  const referred = atOneBase(engine.log, () => [...candidates(engine, namespace, target)]);
  const ofTarget = 'sha256' in target ? referred.filter(({ sha256 }) => sha256 === target.sha256) : referred;
  const found = secretsOnly ? ofTarget.filter(({ typeUrl }) => typeUrl === secretsType) : ofTarget;
  if (found.length === 0) throw nothingFor(target, secretsOnly ? 'secrets' : 'a payload');
  const gone = shreddingsOf(engine.log);
  const there = found.filter(({ sha256 }) => !gone.has(sha256) || isStored(engine, sha256));
  // It says when, by whom and why.
  if (there.length === 0 && found[0]) engine.log.blob(found[0].sha256);
  return there;
}

/** One that was stored again since, by a task that was created with the same, is to be shredded again: also one that is not at hand. */
function isStored(engine: Engine, sha256: Sha256): boolean {
  try {
    engine.log.blob(sha256);
    return true;
  } catch (error) {
    return !(error instanceof PayloadShreddedError);
  }
}

function* candidates({ log }: Engine, namespace: string, target: ShredTarget): Iterable<Reference> {
  if ('position' in target) assertNotArchived(log.base, target.position);
  else yield* archivedReferences(log.base, 'task' in target ? taskKey({ namespace, task: target.task }) : undefined);
  for (const record of recordsOf(log, namespace, target)) yield* referencesOf(record);
}

function recordsOf(log: EventLog, namespace: string, target: ShredTarget): Iterable<LogRecord> {
  if ('position' in target) return log.read({ after: target.position - 1, until: target.position });
  if ('task' in target) return log.readStream({ namespace, task: target.task });
  return log.read();
}

function nothingFor(target: ShredTarget, what: string): NotFoundError {
  if ('sha256' in target) return new NotFoundError(`no record refers to ${what} ${target.sha256}`);
  const where = 'position' in target ? `at position ${target.position}` : `of task ${target.task}`;
  return new NotFoundError(`no record ${where} refers to ${what}`);
}

/** A task that is there needs its spec for an exec and a checkpoint. */
function assertUnneeded(engine: Engine, payloads: readonly ShreddedPayload[], live: readonly StreamId[]): void {
  const wanted = new Set(payloads.map(({ sha256 }) => sha256));
  for (const stream of live) {
    const { state } = load(engine.log, stream);
    if (state.status === 'absent' || state.status === 'deleted') continue;
    const needed = [state.spec, ...Object.values(state.execs).map(({ spec }) => spec)];
    if (!needed.some(({ sha256, secrets }) => wanted.has(sha256) || (secrets && wanted.has(secrets)))) continue;
    throw new FailedPreconditionError(
      `task ${taskKey(stream)} is there and needs it: without it there is no exec in it and no checkpoint of it; delete the task first, choose its secrets alone where it is another's as well, or force it`,
      { details: { namespace: stream.namespace, task: stream.task } },
    );
  }
}
