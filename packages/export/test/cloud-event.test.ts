import { readFileSync } from 'node:fs';
import { eventVersions, logTopics, shredTopics, taskTopics } from '@shiplog/core';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { recordSchemaId, toCloudEvent } from '../src/index.js';
import { recordOf, samplePayloads, strangers, systemPayloads } from './sample-events.js';

const published = JSON.parse(
  readFileSync(new URL('./fixtures/cloudevents-1.0/cloudevents.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(published);

const log = { origin: '0b9fd5ab-5f4e-4f0a-9a55-0b4d1c6f2b11' };
/** An extension's name, and a String of the specification. */
const attributeName = /^[a-z0-9]{1,20}$/;
const text = /^[^\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]+$/u;

const types = {
  '/tasks/create-requested': 'dev.shiplog.tasks.create-requested',
  '/tasks/exit': 'dev.shiplog.tasks.exit',
  '/mounts/activated': 'dev.shiplog.mounts.activated',
  '/recovery/claimed': 'dev.shiplog.recovery.claimed',
} as const;

describe('a record as a CloudEvent', () => {
  it.each([
    ...taskTopics.map((topic) => recordOf(topic, samplePayloads[topic], { schema: eventVersions[topic] })),
    ...[...shredTopics, ...logTopics].map((topic) =>
      recordOf(topic, systemPayloads[topic], { namespace: '', task: '' }),
    ),
    ...strangers,
  ])('of $type is valid by the published schema, and by the rules on attributes', (record) => {
    const event = toCloudEvent(record, log);
    expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
    const { data, ...attributes } = event;
    expect(data).toBe(record);
    for (const [name, value] of Object.entries(attributes)) {
      expect(name).toMatch(attributeName);
      expect(value).toMatch(text);
    }
  });

  it('has every attribute', () => {
    expect(toCloudEvent(recordOf('/tasks/exit', samplePayloads['/tasks/exit']), log)).toMatchObject({
      specversion: '1.0',
      id: `${log.origin}/12`,
      source: `urn:uuid:${log.origin}`,
      type: 'dev.shiplog.tasks.exit',
      subject: 'default/web',
      time: '2026-01-01T00:00:02.123456789Z',
      datacontenttype: 'application/json',
      dataschema: recordSchemaId,
      partitionkey: 'default/web',
      sequence: '0000000000000012',
      correlationid: 'r1',
      causationid: `${log.origin}/11`,
    });
  });

  it.each(Object.entries(types))('of %s is of type %s', (topic, type) => {
    expect(toCloudEvent(recordOf(topic, {}), log).type).toBe(type);
  });

  it('is ordered by its sequence as text', () => {
    const sequences = [9, 10, 99, Number.MAX_SAFE_INTEGER].map(
      (position) => toCloudEvent(recordOf('/tasks/oom', {}, { position }), log).sequence,
    );
    expect(sequences.toSorted()).toEqual(sequences);
  });
});
