/** A record as an event of CloudEvents 1.0, in its JSON format. */
import type { LogRecord } from '@shiplog/core/plugin';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
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

const sequenceWidth = String(Number.MAX_SAFE_INTEGER).length;

/** @param origin of the log: with it a position is one event in the whole world, however often it comes */
export function toCloudEvent(record: LogRecord, origin: string): CloudEvent {
  const { position, namespace, task, type, time, correlationId, causation } = record;
  const subject = `${namespace}/${task}`;
  return {
    specversion: '1.0',
    id: `${origin}/${position}`,
    source: `urn:uuid:${origin}`,
    type: `dev.shiplog.${type.replace(/^\//, '').replaceAll('/', '.')}`,
    ...(task !== '' && { subject }),
    time,
    datacontenttype: 'application/json',
    dataschema: 'urn:shiplog:schema:record:1',
    partitionkey: subject,
    sequence: String(position).padStart(sequenceWidth, '0'),
    ...(correlationId !== '' && { correlationid: correlationId }),
    ...(causation > 0 && { causationid: `${origin}/${causation}` }),
    data: record,
  };
}
