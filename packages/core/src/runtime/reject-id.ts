import { randomUUID } from 'node:crypto';
import { systemStream } from '../event-log/shredding.js';
import type { CallContext } from '../kernel/call-context.js';
import { eventVersions, type TaskTopic } from '../task/events.js';
import { actorOf } from './actor.js';
import type { Engine } from './execute.js';
import { causeOf } from './perform.js';
import { systemRecord } from './system-record.js';

const topic: TaskTopic = '/tasks/rejected';
/** Enough to recognize it by; what somebody passes as an ID may be of any length. */
const keptLength = 256;

/** A name that is no identifier has no stream; that somebody tried it stands in the system's own. */
export async function recordInvalidId(engine: Engine, context: CallContext, id: string, error: unknown): Promise<void> {
  const actor = actorOf(context.actor, context.actor?.requestId ?? randomUUID());
  const { code, message } = causeOf(error);
  const event = {
    containerId: id.slice(0, keptLength),
    execId: '',
    command: '',
    code,
    message: message.slice(0, 2 * keptLength),
  };
  await engine.log.append({
    stream: systemStream,
    expectedVersion: 'any',
    records: [systemRecord({ type: topic, schema: eventVersions[topic], event }, actor, engine.clock.now())],
  });
}
