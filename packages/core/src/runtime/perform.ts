/**
 * An effect between its intent and its outcome (P3): the request is in the log before the machine is touched, and what
 * came of it is on disk before the caller hears of it (P1).
 */
import { randomUUID } from 'node:crypto';
import { type ErrorCode, errorCodeOf, errorFromCode, errorMessageOf, isShiplogError } from '../kernel/errors.js';
import type { ExecId, TaskId } from '../kernel/identifiers.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';
import type { OutcomeCommand, RecordDone, RecordFailed, RequestCommand } from '../task/commands.js';
import type { FailureCause } from '../task/events.js';
import type { Call } from './call.js';
import { type Engine, type Executed, execute } from './execute.js';
import { whileInFlight } from './in-flight.js';
import { recordOutcome } from './record-outcome.js';

export interface RequestRef {
  readonly containerId: TaskId;
  readonly requestId: string;
}

export interface Effect<T> {
  readonly request: RequestCommand;
  readonly blobs?: readonly Uint8Array[];
  /** Nothing is done if the stream has got beyond this version: somebody else has been at it. */
  readonly ifVersion?: number;
  /** Touches the machine. */
  run(requested: Executed): Promise<T>;
  /** What a success is recorded as. */
  outcome(result: T, request: RequestRef): OutcomeCommand;
  /**
   * Where the machine can tell: the success that an effect had although its call failed or was given up. Absent for
   * effects that take back what they did when they fail.
   */
  ask?(request: RequestRef): Promise<OutcomeCommand | undefined>;
  /** What a failure left behind on the machine, for its record. */
  leftBehind?(): Pick<RecordFailed, 'left'>;
}

/** What every new request says: which task, which request, and whose it is until its outcome. */
export function newRequest(engine: Engine, call: Call): RequestRef & { readonly owner: ProcessIdentity } {
  return { containerId: call.stream.task, requestId: randomUUID(), owner: engine.processes.self() };
}

/** The outcome of an effect that brings nothing but its success. */
export function done(_result: unknown, { containerId, requestId }: RequestRef): RecordDone {
  return { type: 'RecordDone', containerId, requestId };
}

export function causeOf(error: unknown): FailureCause {
  return { code: errorCodeOf(error), message: errorMessageOf(error) };
}

/**
 * @returns what the effect gave; undefined where its call failed, but the machine says that it was done, and where there was
 * nothing to do
 * @throws what `decide` refuses the request with, or what the effect fails with; both are in the log by then
 */
export function perform<T>(engine: Engine, call: Call, effect: Effect<T>): Promise<T | undefined> {
  const { containerId, requestId } = effect.request;
  const ref: RequestRef = { containerId, requestId };
  return whileInFlight(requestId, async () => {
    const requested = await request(engine, call, effect);
    if (effect.ifVersion !== undefined && requested.records.length === 0) return undefined;
    const causation = requested.records.at(-1)?.position ?? 0;
    const record = (outcome: OutcomeCommand) => recordOutcome(engine, call, outcome, causation);
    let result: T;
    try {
      result = await effect.run(requested);
    } catch (error) {
      // Never a failure that was none: a call that was given up may have done its work.
      const success = await asked(engine, call, effect, ref, error);
      const recorded = await record(
        success ?? { type: 'RecordFailed', ...ref, cause: causeOf(error), ...effect.leftBehind?.() },
      );
      if (!success || call.signal?.aborted) throw error;
      throwIfFailed(engine, call, recorded, requested.version, requestId);
      return undefined;
    }
    const recorded = await record(effect.outcome(result, ref));
    throwIfFailed(engine, call, recorded, requested.version, requestId);
    return result;
  });
}

/** What cannot be asked now stays open, and is asked again; its caller hears of what went wrong first. */
async function asked<T>(
  engine: Engine,
  call: Call,
  effect: Effect<T>,
  ref: RequestRef,
  error: unknown,
): Promise<OutcomeCommand | undefined> {
  try {
    return await effect.ask?.(ref);
  } catch (unanswered) {
    engine.onError(unanswered);
    engine.settleLater(call, ref.requestId);
    throw error;
  }
}

/** The log has the last word: the task may have ended meanwhile, or somebody else may have settled the request. */
function throwIfFailed(
  engine: Engine,
  call: Call,
  { records }: Executed,
  afterVersion: number,
  requestId: string,
): void {
  const outcomes = records.length > 0 ? records : engine.log.readStream(call.stream, { afterVersion });
  for (const { type, event } of outcomes) {
    if (event.requestId !== requestId || !type.endsWith('-failed')) continue;
    throw errorFromCode(event.code as ErrorCode, String(event.message));
  }
}

async function request<T>(
  engine: Engine,
  call: Call,
  { request: command, blobs, ifVersion }: Effect<T>,
): Promise<Executed> {
  try {
    const { incarnation } = call;
    return await execute(engine, call, command, {
      ...(blobs && { blobs }),
      ...(ifVersion !== undefined && { ifVersion }),
      ...(incarnation !== undefined && { incarnation }),
    });
  } catch (error) {
    if (isShiplogError(error) && error.code !== 'unavailable') await recordRejected(engine, call, command, error);
    throw error;
  }
}

/** Who was refused what is part of the story. The refusal itself is what the caller hears, recorded or not. */
export async function recordRejected(
  engine: Engine,
  call: Call,
  command: { readonly type: RequestCommand['type']; readonly containerId: TaskId; readonly execId?: ExecId | '' },
  error: unknown,
): Promise<void> {
  const { containerId, execId = '', type } = command;
  try {
    await execute(
      engine,
      { ...call, signal: undefined },
      { type: 'RecordRejected', containerId, execId, command: type, cause: causeOf(error) },
    );
  } catch (failure) {
    engine.onError(failure);
  }
}
