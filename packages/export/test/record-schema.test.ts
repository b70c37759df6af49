import { readFileSync } from 'node:fs';
import { eventVersions, logEventVersions, logTopics, shredTopics, taskTopics } from '@shiplog/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { type JsonSchema, recordSchema } from '../src/index.js';
import { actor, recordOf, samplePayloads, strangers, systemPayloads } from './sample-events.js';

const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(recordSchema());
const strict = new Ajv2020({ strict: false }).compile(closed(recordSchema()));

/** The same, but an event may have no other fields than those that are named. */
function closed(schema: JsonSchema): JsonSchema {
  const { $defs, ...rest } = schema as { $defs: Record<string, JsonSchema> };
  const defs = Object.entries($defs).map(([name, def]) => [name, { ...def, additionalProperties: false }]);
  return { ...rest, $defs: Object.fromEntries(defs) };
}

describe('the schema of a record', () => {
  it.each(taskTopics)('is that of a record of %s, and of all of its fields', (topic) => {
    const record = recordOf(topic, samplePayloads[topic], { schema: eventVersions[topic] });
    expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    expect(strict(record), JSON.stringify(strict.errors)).toBe(true);
  });

  it.each(taskTopics)('is not that of a record of %s that lacks a field', (topic) => {
    for (const field of Object.keys(samplePayloads[topic])) {
      const event = { ...samplePayloads[topic], [field]: undefined };
      expect(validate(JSON.parse(JSON.stringify(recordOf(topic, event, { schema: eventVersions[topic] }))))).toBe(
        false,
      );
    }
  });

  it.each([...shredTopics, ...logTopics])(
    'is that of a record of %s, of all of its fields, and not of fewer',
    (topic) => {
      const versions: Readonly<Record<string, number>> = logEventVersions;
      const system = { namespace: '', task: '', schema: versions[topic] ?? 1 };
      expect(strict(recordOf(topic, systemPayloads[topic], system)), JSON.stringify(strict.errors)).toBe(true);
      for (const field of Object.keys(systemPayloads[topic])) {
        const event = { ...systemPayloads[topic], [field]: undefined };
        expect(validate(JSON.parse(JSON.stringify(recordOf(topic, event, system))))).toBe(false);
      }
    },
  );

  it('knows what may be absent', () => {
    const { argv: _, ticket: __, ...least } = actor;
    const { position, ...rest } = recordOf('/tasks/oom', { containerId: 'web' }, { actor: least });
    expect(strict({ position, ...rest })).toBe(true);
    expect(strict({ position, ...rest, runtimeConfig: 'ab'.repeat(32) })).toBe(true);
    expect(validate({ position, ...rest, runtimeConfig: 'none' })).toBe(false);
  });

  it('knows older shapes', () => {
    const { detached: _, ...first } = samplePayloads['/mounts/deactivated'];
    expect(validate(recordOf('/mounts/deactivated', first, { schema: 1 }))).toBe(true);
    expect(validate(recordOf('/mounts/deactivated', first, { schema: 2 }))).toBe(false);
    const { folds: __, ...archived } = systemPayloads['/audit/archived'];
    expect(validate(recordOf('/audit/archived', archived, { schema: 1 }))).toBe(true);
  });

  it('lets through what is not known', () => {
    expect(validate(strangers[0])).toBe(true);
    expect(validate(recordOf('/tasks/exit', {}, { schema: 99 }))).toBe(true);
    expect(validate(recordOf('/tasks/oom', { containerId: 'web', new: 1 }))).toBe(true);
  });

  it.each([
    ['a position of 0', { position: 0 }],
    ['a time in another form', { time: '2026-01-01' }],
    ['an actor without a uid', { actor: { ...recordOf('x', {}).actor, uid: undefined } }],
  ])('is not that of a record with %s', (_, wrong) => {
    expect(validate(JSON.parse(JSON.stringify({ ...recordOf('/x', {}), ...wrong })))).toBe(false);
  });

  it('stands in docs, as it is', () => {
    const file = new URL('../../../docs/record.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(recordSchema());
  });
});
