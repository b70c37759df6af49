/** How a backend is configured: for good (the plugin's configuration), and for one task. */
import { type CreateOpts, InvalidArgumentError, NotImplementedError, unmarshalAny } from '@shiplog/core';
import * as v from 'valibot';
import { message, problemsOf, strictObject } from './spec/shapes.js';

const program = v.pipe(v.string(), v.regex(/^[^\0]+$/, 'name a program, or give its absolute path'));

/** The configuration of plugin-runc and plugin-crun. */
export const ociPluginConfig = v.config(
  v.optional(
    strictObject({
      /** The OCI runtime: a name on PATH, or an absolute path. */
      binary: v.optional(program),
      /** conmon: a name on PATH, or an absolute path. */
      conmon: v.optional(program),
      /** Whether cgroups are systemd's to make. */
      systemdCgroup: v.optional(v.boolean()),
    }),
    {},
  ),
  { message },
);

export type OciPluginConfig = v.InferOutput<typeof ociPluginConfig>;

/** The type of `CreateOpts.runtimeOptions` and `taskOptions`; the value is JSON. */
export const ociOptionsType = 'shiplog.oci.v1.Options';

const ociOptions = strictObject({
  binary: v.optional(program),
  systemdCgroup: v.optional(v.boolean()),
  /** Where the task's cgroup is made: absolute, or with systemd a slice. For a spec that names no cgroup. */
  cgroupParent: v.optional(
    v.pipe(v.string(), v.regex(/^(?:\/[^:\0]+|[^/:\0]+\.slice)$/, 'name an absolute path, or a slice of systemd')),
  ),
  /** A program by its absolute path, and its arguments: conmon runs it when the task has ended or its create failed. */
  exitCommand: v.optional(
    v.pipe(
      v.array(v.string()),
      v.check(([first = '']) => first.startsWith('/'), 'begin with an absolute path'),
    ),
  ),
});

export type OciOptions = v.InferOutput<typeof ociOptions>;

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
    const options = unmarshalAny(any, ociOptionsType);
    const issues = problemsOf(ociOptions, options);
    if (issues.length === 0) return options as OciOptions;
    throw new InvalidArgumentError(`the options of type ${ociOptionsType} are not valid: ${issues.join('; ')}`);
  });
  return Object.assign({}, ...layers) as OciOptions;
}
