/** The configuration file's shape for editors: `"$schema"` in a file names it. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { configSchema } from './config-schema.js';

const target = 'draft-2020-12';

type JsonSchema = Record<string, unknown>;

/** A plugin's schema, as far as it can say it as JSON Schema: https://standardschema.dev/json-schema */
interface Describing {
  readonly '~standard': {
    readonly vendor?: string;
    readonly jsonSchema?: { input(options: { target: string }): JsonSchema };
  };
}

/** @param sections the plugins' own, by ID; one that cannot say itself as JSON Schema is left out */
export function configJsonSchema(sections: Readonly<Record<string, unknown>> = {}): JsonSchema {
  const schema: JsonSchema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...ofValibot(configSchema) };
  const known = (schema.properties ?? {}) as JsonSchema;
  const properties = Object.fromEntries(
    Object.entries(sections).flatMap(([id, section]) => {
      const described = jsonSchemaOf(section as Describing);
      if (!described) return [];
      const { $schema: _, ...own } = described;
      return [[id, own]];
    }),
  );
  const config = { ...(known.config as object), properties };
  return { ...schema, title: 'The configuration of Shiplog', properties: { ...known, config } };
}

function jsonSchemaOf(section: Describing): JsonSchema | undefined {
  const { vendor, jsonSchema } = section['~standard'];
  if (jsonSchema) return jsonSchema.input({ target });
  return vendor === 'valibot' ? ofValibot(section as unknown as GenericSchema) : undefined;
}

/** `output`: what stands behind a check that only says "an object" in our words. */
function ofValibot(schema: GenericSchema): JsonSchema {
  const { $schema: _, ...described } = toJsonSchema(schema, { target, typeMode: 'output', errorMode: 'ignore' });
  return described as JsonSchema;
}
