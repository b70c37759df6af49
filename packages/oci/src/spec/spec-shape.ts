/**
 * What Shiplog relies on in a spec, and what runtimes answer in ways that help nobody. The rest is between the user and
 * the OCI runtime.
 */
import { z } from 'zod';

export const processShape = z.looseObject({
  args: z
    .array(z.string())
    .nonempty('must name a program')
    .refine(([program]) => program !== '', 'must name a program'),
  cwd: z.string().startsWith('/', 'must be an absolute path'),
  // Not shown when it is wrong: its text may be a secret, and a runtime would print it.
  env: z.array(z.string().regex(/^[^=\0]+=[^\0]*$/, 'must be NAME=VALUE')).optional(),
  terminal: z.boolean().optional(),
});

const rootShape = z.looseObject({ path: z.string().min(1, 'must not be empty') });

/** The root may be missing where one is mounted. */
export const specShape = z.looseObject({
  ociVersion: z.string().regex(/^1\.\d+\.\d+/, 'must be a version 1.x, such as 1.0.2'),
  root: rootShape.optional(),
  process: processShape,
  mounts: z.array(z.looseObject({ destination: z.string() })).optional(),
  linux: z.looseObject({ cgroupsPath: z.string().optional() }).optional(),
});

/** A spec that is complete in itself. */
export const bundleShape = specShape.extend({ root: rootShape });

export const resourcesShape = z.looseObject({});

/** `process.cwd: must be an absolute path`, one for each thing that is wrong. */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
}
