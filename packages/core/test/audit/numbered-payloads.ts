/** Payloads that follow from their numbers, so that any process can say what was in one. */
import type { EventLog } from '../../src/event-log/event-log.js';
import { systemStream } from '../../src/event-log/shredding.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { newRecord } from '../event-log/new-record.js';
import { refused, web } from './archived-log.js';

/** Short enough to share a page of the log with others. */
export const payloadOf = (number: number) => Buffer.from(`payload ${number}: ${'x'.repeat(number % 300)}`);

export async function store(log: EventLog, number: number): Promise<void> {
  const bytes = payloadOf(number);
  const record = refused(`number ${number}`);
  const spec = { typeUrl: 'test', sha256: sha256Of(bytes) };
  const records = [{ ...record, event: { ...record.event, spec } }];
  await log.append({ stream: web, expectedVersion: number, records, blobs: [bytes] });
}

export async function shredOf(log: EventLog, ...shred: readonly Sha256[]): Promise<void> {
  const payloads = shred.map((sha256) => ({ typeUrl: 'test', sha256 }));
  const records = [newRecord('/audit/shredded', { payloads, reason: 'asked for' })];
  await log.append({ stream: systemStream, expectedVersion: 'any', records, shred });
}
