/**
 * A record as an event of CloudEvents 1.0, in its JSON format. The record is the data, as it was stored; what stands beside
 * it is what brokers route, order and deduplicate by. docs/audit-export.md has the table.
 */
import type { LogRecord } from '@shiplog/core';
import { eventId, millisOf, type Origin } from './event-facts.js';
import { recordSchemaId } from './record-schema.js';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** `urn:uuid:` and the log's own. */
  readonly source: string;
  /** `dev.shiplog.tasks.start` for `/tasks/start`. */
  readonly type: string;
  /** `NAMESPACE/TASK`; absent of what is about no task. */
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** Extension "partitioning": events of one task keep their order. */
  readonly partitionkey: string;
  /** Extension "sequence": the position, of fixed width, so that its text order is its order. */
  readonly sequence: string;
  /** Extension "correlation". */
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly data: LogRecord;
}

/** As many digits as the largest position has. */
const sequenceWidth = String(Number.MAX_SAFE_INTEGER).length;

export function toCloudEvent(record: LogRecord, log: Origin): CloudEvent {
  const { position, namespace, task, type, time, correlationId, causation } = record;
  const subject = attributeText(`${namespace}/${task}`);
  return {
    specversion: '1.0',
    id: eventId(log, position),
    source: `urn:uuid:${log.origin}`,
    type: `dev.shiplog.${attributeText(type).replace(/^\//, '').replaceAll('/', '.')}`,
    ...(task !== '' && { subject }),
    ...(millisOf(time) !== undefined && { time }),
    datacontenttype: 'application/json',
    dataschema: recordSchemaId,
    partitionkey: subject,
    sequence: String(position).padStart(sequenceWidth, '0'),
    ...(correlationId !== '' && { correlationid: attributeText(correlationId) }),
    ...(causation > 0 && { causationid: eventId(log, causation) }),
    data: record,
  };
}

// What an attribute may not hold: control characters, noncharacters, halves of surrogate pairs.
const refused = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/gu;

function attributeText(text: string): string {
  return text.replace(refused, '\ufffd');
}
