/** What may stand in the configuration file. */
import { strictObject } from '@shiplog/oci';
import * as v from 'valibot';

const runtimeId = v.pipe(
  v.string(),
  v.regex(/^io\.containerd(?:\.[a-z0-9][a-z0-9-]*)+\.v[0-9]+$/, 'use an ID such as io.containerd.runc.v2'),
);

const startTimeout = v.pipe(
  v.number(),
  v.integer('must be whole milliseconds'),
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(3_600_000, 'must be an hour, 3600000, at most'),
);

export const configSchema = strictObject({
  $schema: v.optional(v.pipe(v.string(), v.description('for editors'))),
  defaultRuntime: v.optional(
    v.pipe(runtimeId, v.description('the runtime of tasks that name none; the first one that is there')),
  ),
  plugins: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1, 'must be a name or a path'))),
      v.description('npm packages, or paths that begin with a dot or a slash, relative to the folder of this file'),
    ),
  ),
  config: v.optional(
    v.pipe(v.record(v.string(), v.unknown()), v.description('a section for each plugin that needs one, by its ID')),
  ),
  onFailure: v.optional(
    v.pipe(
      v.record(v.string(), v.picklist(['continue', 'abort'])),
      v.description('by plugin ID, what is to happen when it does not start; continue'),
    ),
  ),
  startTimeout: v.optional(v.pipe(startTimeout, v.description('how long one plugin may take: milliseconds; 10000'))),
});

export type ConfigFile = v.InferOutput<typeof configSchema>;
