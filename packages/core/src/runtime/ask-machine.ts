/** What the machine says of a request whose call did not come back, or came back with an error. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallContext } from '../kernel/call-context.js';
import type { OutcomeCommand } from '../task/commands.js';
import type { Call } from './call.js';
import type { RequestRef } from './perform.js';
import type { Process } from './platform-runtime.js';

/** No caller waits for these questions, and none may hang on them. */
const askMs = 10_000;

export function askingContext({ stream: { namespace } }: Call): CallContext {
  return { namespace, signal: AbortSignal.timeout(askMs) };
}

const evidence = 'the runtime said so when it was asked, after the call itself had not come to its end';

/** The success of a start; undefined if it was not started. */
export async function askStarted(
  process: Process,
  context: CallContext,
  ref: RequestRef,
): Promise<OutcomeCommand | undefined> {
  const { status, pid, exit } = await process.state(context);
  // An end that nobody saw tells nothing of a start: what held the process may have died, and it with that.
  if (status === 'created' || (exit && exit.certainty !== 'observed')) return undefined;
  return { type: 'RecordStarted', ...ref, pid: exit?.pid ?? pid, certainty: 'inferred', evidence };
}

const lookMs = 10;

/** The success of a pause or resume; undefined if it has the other status. The kernel may still be at it. */
export async function askFrozen(
  task: Process,
  wanted: 'paused' | 'running',
  context: CallContext,
  ref: RequestRef,
): Promise<OutcomeCommand | undefined> {
  let { status } = await task.state(context);
  while (status === 'pausing') {
    await delay(lookMs, undefined, context.signal && { signal: context.signal });
    ({ status } = await task.state(context));
  }
  return status === wanted ? { type: 'RecordDone', ...ref } : undefined;
}
