/**
 * The straight line. Whatever changes a task goes through here, and nothing goes around it:
 *
 *   1. load    the stream's state and version, from the projection
 *   2. decide  what the command makes of it
 *   3. append  the events, if the stream still has that version; else from 1 again
 *   4. evolve  the state by what was appended
 */
import type { EventLog, LogRecord, Position, StreamId } from '../event-log/event-log.js';
import { ExpectedVersionError } from '../event-log/expected-version-error.js';
import { assertNever } from '../kernel/assert-never.js';
import type { Clock, Timestamp } from '../kernel/clock.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { ProcessTable } from '../kernel/process-identity.js';
import { replay } from '../projections/replay.js';
import {
  decodeState,
  foldRecord,
  taskKey,
  taskProjectionName,
  tryDecodeState,
  type VersionedState,
} from '../projections/task-projection.js';
import type { TaskCommand } from '../task/commands.js';
import { decide } from '../task/decide.js';
import { eventVersions, type TaskEvent } from '../task/events.js';
import { isPresent, type Pending, type TaskState } from '../task/state.js';
import { TaskNotFoundError } from '../task/task-errors.js';
import { withoutArgv } from './actor.js';
import type { Backends } from './backends.js';
import type { Call } from './call.js';
import { isInFlight } from './in-flight.js';
import type { Retries } from './retries.js';
import type { StateFolder } from './state-folder.js';
import type { StreamChanges } from './stream-changes.js';

/** What the straight line needs of the world. */
export interface Engine {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly changes: StreamChanges;
  readonly backends: Backends;
  readonly stateFolder: Pick<StateFolder, 'claim' | 'assertOurs'>;
  /** Fires when the root is closed. */
  readonly closed: AbortSignal;
  /** Told of what went wrong beside all calls. */
  readonly onError: (error: unknown) => void;
  /** Brings a request whose owner is gone to its outcome. */
  settle(call: Call, pending: Pick<Pending, 'requestId' | 'owner'>): Promise<void>;
  /** The same for one of this process, which nobody else would settle while it lives: tried again until it is done. */
  settleLater(call: Call, requestId: string): void;
  readonly retries: Pick<Retries, 'later'>;
}

export interface ExecuteOptions {
  readonly blobs?: readonly Uint8Array[];
  /** The position of the record that led to this command. */
  readonly causation?: Position;
  /** Change nothing if the stream has got beyond this version: what the command rests on may be out of date. */
  readonly ifVersion?: number;
  /** Refuse if the name has gone to another task since. */
  readonly incarnation?: Timestamp;
}

export interface Executed extends VersionedState {
  /** What was appended; empty where the command changed nothing. */
  readonly records: readonly LogRecord[];
}

/** A stored state that cannot be read is folded anew (P8). */
export function load(log: EventLog, stream: StreamId): VersionedState {
  return (
    tryDecodeState(log.projected(taskProjectionName, taskKey(stream))) ??
    replay(log, { task: stream }).states.get(taskKey(stream)) ??
    decodeState(undefined)
  );
}

/**
 * @throws whatever `decide` rejects the command with
 * @throws CancelledError or DeadlineExceededError when the call's signal fires while another's request is open
 */
export async function execute(
  engine: Engine,
  call: Call,
  command: TaskCommand,
  options: ExecuteOptions = {},
): Promise<Executed> {
  for (;;) {
    const before = load(engine.log, call.stream);
    if (options.ifVersion !== undefined && options.ifVersion !== before.version) return { ...before, records: [] };
    assertIncarnation(before.state, call, options.incarnation);
    const decision = decide(command, before.state);
    switch (decision.kind) {
      case 'reject':
        throw decision.error;
      case 'unchanged':
        return { ...before, records: [] };
      case 'wait':
        await outcomeOf(engine, call, before.version, decision.pending);
        continue;
      case 'append': {
        const executed = await append(engine, call, before, decision.events, options);
        if (executed) return executed;
        continue;
      }
      default:
        return assertNever(decision);
    }
  }
}

/** @throws NotFoundError if the name has gone to another task than the one that was asked for at that time */
export function assertIncarnation(state: TaskState, { stream }: Call, incarnation: Timestamp | undefined): void {
  if (incarnation === undefined || state.status === 'absent' || state.createRequestedAt === incarnation) return;
  throw new TaskNotFoundError(stream.task);
}

/** Undefined when somebody else was faster. */
async function append(
  engine: Engine,
  call: Call,
  before: VersionedState,
  events: readonly TaskEvent[],
  options: ExecuteOptions,
): Promise<Executed | undefined> {
  const time = engine.clock.now();
  const { runtime, bundle } = placeOf(before, events);
  const { causation = 0 } = options;
  const actor = causation === 0 ? call.actor : withoutArgv(call.actor);
  try {
    const { records, leafHashes } = await engine.log.append({
      stream: call.stream,
      expectedVersion: before.version,
      ...(options.blobs && { blobs: options.blobs }),
      records: events.map(({ type, ...event }) => ({
        type,
        schema: eventVersions[type],
        time,
        actor,
        runtime,
        ...engine.backends.pluginOf(runtime, bundle),
        correlationId: actor.requestId,
        causation,
        event,
      })),
    });
    giveReceipts(engine, call, records, leafHashes);
    return { ...records.reduce(foldRecord, before), records };
  } catch (error) {
    if (error instanceof ExpectedVersionError) return undefined;
    throw error;
  }
}

/** What is on disk stays so, whatever a listener does. */
function giveReceipts(
  { log, onError }: Engine,
  { onReceipt }: Call,
  records: readonly LogRecord[],
  leafHashes: readonly Sha256[],
): void {
  if (!onReceipt) return;
  records.forEach(({ position, namespace, task, type }, index) => {
    try {
      onReceipt({ origin: log.origin, position, leafHash: leafHashes[index] as Sha256, namespace, task, type });
    } catch (error) {
      onError(error);
    }
  });
}

function placeOf(
  { state }: VersionedState,
  events: readonly TaskEvent[],
): { readonly runtime: string; readonly bundle: string } {
  for (const event of events) if (event.type === '/tasks/create-requested') return event;
  return state.status === 'absent' ? { runtime: '', bundle: '' } : state;
}

/** Whether its owner will bring it to its end. We ourselves may have given up. */
export function isAtWork({ processes }: Engine, { owner, requestId }: Pick<Pending, 'owner' | 'requestId'>): boolean {
  const self = processes.self();
  const isOurs = owner.pid === self.pid && owner.startTime === self.startTime && owner.bootId === self.bootId;
  return isOurs ? isInFlight(requestId) : processes.isAlive(owner);
}

/** Whether the log has such a task, or one is being created by a process that is seen from here. */
export function isOwnTask(log: EventLog, processes: ProcessTable, stream: StreamId): boolean {
  const { state } = load(log, stream);
  return isPresent(state) || (state.status === 'creating' && processes.isAlive(state.pending.owner));
}

/** How often the owner of an open request is looked at: its death wakes nobody. */
const ownerCheckMs = 250;

async function outcomeOf(engine: Engine, call: Call, version: number, pending: Pending): Promise<void> {
  if (!isAtWork(engine, pending)) return engine.settle(call, pending);
  const tick = AbortSignal.timeout(ownerCheckMs);
  const signal = call.signal ? AbortSignal.any([call.signal, tick]) : tick;
  try {
    await engine.changes.beyond(call.stream, version, `the open request (${pending.command}) came to its end`, signal);
  } catch (error) {
    if (call.signal?.aborted || !tick.aborted) throw error;
  }
}
