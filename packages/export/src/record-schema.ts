/**
 * A record as a JSON Schema (draft 2020-12): its members, and for each topic and version of its shape the fields of its event.
 * Whatever is not known by it is let through: a reader ignores topics and fields that it does not know (docs/events.md).
 */
import { eventVersions, type TaskTopic, taskTopics } from '@shiplog/core';
import { eventFields, type FieldType, fieldsSince } from './record-fields.js';

export const recordSchemaId = 'urn:shiplog:schema:record:1';

export type JsonSchema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const position = { type: 'integer', minimum: 1 };
const time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z$' };

const fieldSchemas: Readonly<Record<FieldType, JsonSchema>> = {
  blob: { $ref: '#/$defs/blob' },
  'blob or null': { oneOf: [{ $ref: '#/$defs/blob' }, { type: 'null' }] },
  certainty: { enum: ['observed', 'inferred', 'unknown'] },
  count,
  flag: { type: 'boolean' },
  mounts: { type: 'array', items: { $ref: '#/$defs/mount' } },
  owner: { $ref: '#/$defs/owner' },
  status: { type: 'integer', minimum: 0, maximum: 255 },
  stdio: { $ref: '#/$defs/stdio' },
  text,
  texts: { type: 'array', items: text },
  time,
};

function object(properties: JsonSchema, description?: string): JsonSchema {
  const required = Object.keys(properties);
  return { ...(description !== undefined && { description }), type: 'object', properties, required };
}

export function recordSchema(): JsonSchema {
  const shapes = taskTopics.flatMap((topic) =>
    Array.from({ length: eventVersions[topic] }, (_, index) => ({ topic, version: index + 1 })),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: recordSchemaId,
    title: 'A record of the log of Shiplog',
    ...object({
      position,
      namespace: text,
      task: text,
      version: position,
      type: { type: 'string', minLength: 1 },
      schema: count,
      time,
      actor: { $ref: '#/$defs/actor' },
      runtime: text,
      runtimeVersion: text,
      correlationId: text,
      causation: count,
      event: { type: 'object' },
    }),
    allOf: shapes.map(({ topic, version }) => ({
      if: { properties: { type: { const: topic }, schema: { const: version } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { event: { $ref: `#/$defs/${shapeName(topic, version)}` } } },
    })),
    $defs: {
      actor: object(
        {
          uid: { type: 'integer' },
          gid: { type: 'integer' },
          pid: { type: 'integer' },
          loginUid: { type: ['integer', 'null'] },
          command: text,
          user: text,
          requestId: text,
        },
        'Who asked.',
      ),
      blob: object({ typeUrl: text, sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } }, 'What is stored apart.'),
      mount: object({ type: text, source: text, target: text, options: { type: 'array', items: text } }),
      owner: object(
        { pid: count, startTime: count, bootId: text },
        'The process that a request belongs to until its outcome; startTime is in clock ticks since boot.',
      ),
      stdio: object({ stdin: text, stdout: text, stderr: text, terminal: { type: 'boolean' } }),
      ...Object.fromEntries(
        shapes.map(({ topic, version }) => [shapeName(topic, version), object(fieldsOf(topic, version))]),
      ),
    },
  };
}

/** `tasks.exit.1` */
function shapeName(topic: TaskTopic, version: number): string {
  return `${topic.slice(1).replaceAll('/', '.')}.${version}`;
}

function fieldsOf(topic: TaskTopic, version: number): JsonSchema {
  const since = fieldsSince[topic] ?? {};
  const fields: readonly [string, FieldType][] = Object.entries(eventFields[topic]);
  return Object.fromEntries(
    fields.filter(([name]) => (since[name] ?? 1) <= version).map(([name, type]) => [name, fieldSchemas[type]]),
  );
}
