/** What may stand in the configuration file. */
import { z } from 'zod';

const runtimeId = z
  .string()
  .regex(/^io\.containerd(?:\.[a-z0-9][a-z0-9-]*)+\.v[0-9]+$/, 'use an ID such as io.containerd.runc.v2');

export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('for editors'),
  defaultRuntime: runtimeId.optional().describe('the runtime of tasks that name none; the first one that is there'),
  plugins: z
    .array(z.string().min(1))
    .optional()
    .describe('npm packages, or paths that begin with a dot or a slash, relative to the folder of this file'),
  config: z.record(z.string(), z.unknown()).optional().describe('a section for each plugin that needs one, by its ID'),
  onFailure: z
    .record(z.string(), z.enum(['continue', 'abort']))
    .optional()
    .describe('by plugin ID, what is to happen when it does not start; continue'),
  startTimeout: z.int().min(1).max(3_600_000).optional().describe('how long one plugin may take: milliseconds; 10000'),
});

export type ConfigFile = z.infer<typeof configSchema>;

/** A plugin's schema, as far as it can say it as JSON Schema: https://standardschema.dev/json-schema */
interface Describing {
  readonly '~standard': { readonly jsonSchema?: { input(options: { target: string }): Record<string, unknown> } };
}

const target = 'draft-2020-12';

/** For editors: `"$schema"` in a configuration file names it. @param sections the plugins' own, by ID */
export function configJsonSchema(sections: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { target });
  const properties = Object.fromEntries(
    Object.entries(sections).flatMap(([id, section]) => {
      const described = (section as Describing)['~standard'].jsonSchema?.input({ target });
      if (!described) return [];
      const { $schema: _, ...own } = described;
      return [[id, own]];
    }),
  );
  const config = { ...(schema.properties?.config as object), properties };
  return { ...schema, title: 'The configuration of Shiplog', properties: { ...schema.properties, config } };
}
