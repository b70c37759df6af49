/**
 * A record as a JSON Schema (draft 2020-12): its members, and for each topic and version of its shape the fields of its event.
 * Whatever is not known by it is let through: a reader ignores topics and fields that it does not know (docs/events.md).
 */
import { eventVersions, logEventVersions, taskTopics } from '@shiplog/core';
import { eventFields, type FieldType, fieldsSince, systemFields } from './record-fields.js';

export const recordSchemaId = 'urn:shiplog:schema:record:1';

export type JsonSchema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const position = { type: 'integer', minimum: 1 };
const sha256 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z$' };

const fieldSchemas: Readonly<Record<FieldType, JsonSchema>> = {
  blob: { $ref: '#/$defs/blob' },
  'blob or null': { oneOf: [{ $ref: '#/$defs/blob' }, { type: 'null' }] },
  certainty: { enum: ['observed', 'inferred', 'unknown'] },
  count,
  flag: { type: 'boolean' },
  mounts: { type: 'array', items: { $ref: '#/$defs/mount' } },
  owner: { $ref: '#/$defs/owner' },
  payloads: { type: 'array', items: { $ref: '#/$defs/blob' } },
  status: { type: 'integer', minimum: 0, maximum: 255 },
  stdio: { $ref: '#/$defs/stdio' },
  text,
  texts: { type: 'array', items: text },
  time,
};

/** @param optional members that may be absent */
function object(properties: JsonSchema, description?: string, optional: JsonSchema = {}): JsonSchema {
  const required = Object.keys(properties);
  const all = { ...properties, ...optional };
  return { ...(description !== undefined && { description }), type: 'object', properties: all, required };
}

interface Shape {
  /** `tasks.exit.1` */
  readonly name: string;
  readonly topic: string;
  readonly version: number;
  readonly fields: JsonSchema;
}

const sinceOf: Readonly<Record<string, Readonly<Record<string, number>>>> = fieldsSince;
/** All others have one shape. */
const systemVersions: Readonly<Record<string, number>> = logEventVersions;

function shapeOf(topic: string, version: number, fields: readonly (readonly [string, FieldType])[]): Shape {
  const name = `${topic.slice(1).replaceAll('/', '.')}.${version}`;
  return {
    name,
    topic,
    version,
    fields: Object.fromEntries(fields.map(([field, type]) => [field, fieldSchemas[type]])),
  };
}

/** @param newest the version of the shape that it is written in now */
function shapesOf(topic: string, newest: number, fields: Readonly<Record<string, FieldType>>): readonly Shape[] {
  const since = sinceOf[topic] ?? {};
  return Array.from({ length: newest }, (_, index) => {
    const version = index + 1;
    return shapeOf(
      topic,
      version,
      Object.entries(fields).filter(([name]) => (since[name] ?? 1) <= version),
    );
  });
}

export function recordSchema(): JsonSchema {
  const shapes = [
    ...taskTopics.flatMap((topic) => shapesOf(topic, eventVersions[topic], eventFields[topic])),
    ...Object.entries(systemFields).flatMap(([topic, fields]) => shapesOf(topic, systemVersions[topic] ?? 1, fields)),
  ];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: recordSchemaId,
    title: 'A record of the log of Shiplog',
    ...object(
      {
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
      },
      undefined,
      { runtimeConfig: sha256 },
    ),
    allOf: shapes.map(({ name, topic, version }) => ({
      if: { properties: { type: { const: topic }, schema: { const: version } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { event: { $ref: `#/$defs/${name}` } } },
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
        { argv: { type: 'array', items: text }, ticket: text },
      ),
      blob: object(
        { typeUrl: text, sha256 },
        'What is stored apart; its secrets are another blob, by their own hash.',
        {
          secrets: sha256,
        },
      ),
      mount: object({ type: text, source: text, target: text, options: { type: 'array', items: text } }),
      owner: object(
        { pid: count, startTime: count, bootId: text },
        'The process that a request belongs to until its outcome; startTime is in clock ticks since boot.',
      ),
      stdio: object({ stdin: text, stdout: text, stderr: text, terminal: { type: 'boolean' } }),
      ...Object.fromEntries(shapes.map(({ name, fields }) => [name, object(fields)])),
    },
  };
}
