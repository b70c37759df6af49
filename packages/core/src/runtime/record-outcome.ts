import { setTimeout as delay } from 'node:timers/promises';
import type { Position } from '../event-log/event-log.js';
import { errorCodeOf } from '../kernel/errors.js';
import type { OutcomeCommand } from '../task/commands.js';
import type { Call } from './call.js';
import { type Engine, type Executed, execute } from './execute.js';
import { whileInFlight } from './in-flight.js';

const firstDelayMs = 100;
const maxDelayMs = 5_000;

/**
 * Records what became of a request, whether its caller still waits or not: the effect has happened.
 *
 * Where the log cannot be written now, the caller is told, and the request stays this process's work until it can: with
 * its owner alive, nobody else would settle it.
 *
 * @throws UnavailableError if it is not recorded yet
 */
export async function recordOutcome(
  engine: Engine,
  call: Call,
  outcome: OutcomeCommand,
  causation: Position,
): Promise<Executed> {
  const record = () => execute(engine, { ...call, signal: undefined }, outcome, { causation });
  try {
    return await record();
  } catch (error) {
    if (errorCodeOf(error) === 'unavailable') void whileInFlight(outcome.requestId, () => keepTrying(engine, record));
    throw error;
  }
}

async function keepTrying(engine: Engine, record: () => Promise<unknown>): Promise<void> {
  for (let wait = firstDelayMs; !engine.closed.aborted; wait = Math.min(2 * wait, maxDelayMs)) {
    try {
      await delay(wait, undefined, { signal: engine.closed, ref: false });
      await record();
      return;
    } catch (error) {
      if (!engine.closed.aborted && errorCodeOf(error) !== 'unavailable') return engine.onError(error);
    }
  }
}
