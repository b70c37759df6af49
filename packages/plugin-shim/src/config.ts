import { shapeMessage, strictObject } from '@shiplog/oci';
import * as v from 'valibot';

const runtimeId = v.pipe(
  v.string(),
  v.regex(/^io\.containerd(?:\.[a-z0-9][a-z0-9-]*)+\.v[0-9]+$/, 'give a runtime ID, such as io.containerd.runc.v2'),
);

/** How the plugin is configured: the section `io.containerd.shim.v1`. */
export const shimPluginConfig = v.config(
  v.optional(
    strictObject({
      /** Where shims are looked for before PATH: absolute. */
      folder: v.optional(v.pipe(v.string(), v.regex(/^\/[^\0]*$/, 'give an absolute path'))),
      /** Runtime IDs that run under their shim although a plugin of that ID is there. */
      prefer: v.optional(v.array(runtimeId)),
      /** conmon keeps output that goes to the log: a name on PATH, or an absolute path. */
      conmon: v.optional(v.pipe(v.string(), v.regex(/^[^\0]+$/, 'name a program, or give its absolute path'))),
    }),
    {},
  ),
  { message: shapeMessage },
);

export type ShimPluginConfig = v.InferOutput<typeof shimPluginConfig>;
