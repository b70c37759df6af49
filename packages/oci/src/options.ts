/** How a backend is configured: for good (the plugin's configuration), and for one task. */
import { type CreateOpts, InvalidArgumentError, NotImplementedError, unmarshalAny } from '@shiplog/core';
import { z } from 'zod';

const program = z.string().regex(/^[^\0]+$/, 'name a program, or give its absolute path');

/** The configuration of plugin-runc and plugin-crun. */
export const ociPluginConfig = z
  .strictObject({
    /** The OCI runtime: a name on PATH, or an absolute path. */
    binary: program.optional(),
    /** conmon: a name on PATH, or an absolute path. */
    conmon: program.optional(),
    /** Whether cgroups are systemd's to make. */
    systemdCgroup: z.boolean().optional(),
  })
  .default({});

export type OciPluginConfig = z.infer<typeof ociPluginConfig>;

/** The type of `CreateOpts.runtimeOptions` and `taskOptions`; the value is JSON. */
export const ociOptionsType = 'shiplog.oci.v1.Options';

const ociOptions = z.strictObject({
  binary: program.optional(),
  systemdCgroup: z.boolean().optional(),
  /** Where the task's cgroup is made: absolute, or with systemd a slice. For a spec that names no cgroup. */
  cgroupParent: z
    .string()
    .regex(/^(?:\/[^:\0]+|[^/:\0]+\.slice)$/, 'name an absolute path, or a slice of systemd')
    .optional(),
  /** A program by its absolute path, and its arguments: conmon runs it when the task has ended or its create failed. */
  exitCommand: z
    .array(z.string())
    .min(1)
    .refine(([first]) => first?.startsWith('/'), 'begin with an absolute path')
    .optional(),
});

export type OciOptions = z.infer<typeof ociOptions>;

const notSupported = ['sandboxId', 'address', 'version'] as const satisfies readonly (keyof CreateOpts)[];

/**
 * Nothing that was asked for is passed over. As in containerd, an empty value asks for nothing.
 *
 * @throws NotImplementedError naming the field
 */
export function assertSupported(opts: CreateOpts): void {
  for (const field of notSupported) {
    if (!opts[field]) continue;
    throw new NotImplementedError(`${field} is not supported by this runtime: leave it out`, { details: { field } });
  }
}

/**
 * What a task was asked to be created with: `taskOptions` win over `runtimeOptions`, key by key.
 *
 * @throws InvalidArgumentError if either is of another type, or holds what is not known
 */
export function optionsOf(opts: CreateOpts): OciOptions {
  const layers = [opts.runtimeOptions, opts.taskOptions].map((any) => {
    if (any === undefined) return {};
    const parsed = ociOptions.safeParse(unmarshalAny(any, ociOptionsType));
    if (parsed.success) return parsed.data;
    const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ');
    throw new InvalidArgumentError(`the options of type ${ociOptionsType} are not valid: ${problem}`);
  });
  return Object.assign({}, ...layers) as OciOptions;
}
