/** How a task is checkpointed. The names follow containerd's `containerd.runc.v1.CheckpointOptions`. */
import { InvalidArgumentError, type TypedAny, unmarshalAny } from '@shiplog/core';
import * as v from 'valibot';
import { problemsOf, strictObject } from './spec/shapes.js';

/** The type of the options of `Task.checkpoint`; the value is JSON. */
export const ociCheckpointOptionsType = 'shiplog.oci.v1.CheckpointOptions';

/** How CRIU treats cgroups: `soft` takes what is there and makes what is not. */
const cgroupsModes = ['soft', 'full', 'strict', 'ignore'] as const;

export const checkpointOptions = strictObject({
  /** End the task once it is written; by default it goes on. */
  exit: v.optional(v.boolean()),
  /** Open TCP connections; they are kept, and their packets held back, until the restore. */
  openTcp: v.optional(v.boolean()),
  /** Unix sockets whose other end is outside the container. */
  externalUnixSockets: v.optional(v.boolean()),
  /** Processes that belong to a terminal outside the container: `--shell-job`. */
  terminal: v.optional(v.boolean()),
  /** Locks on files. */
  fileLocks: v.optional(v.boolean()),
  /** Namespaces whose insides are not written: they are restored empty. runc knows this one only. */
  emptyNamespaces: v.optional(v.array(v.picklist(['network']))),
  cgroupsMode: v.optional(v.picklist(cgroupsModes)),
  /** An absolute path for CRIU's work files and logs; by default they go with the task. */
  workPath: v.optional(v.pipe(v.string(), v.regex(/^\/[^\0]*$/, 'give an absolute path'))),
});

export type OciCheckpointOptions = v.InferOutput<typeof checkpointOptions>;

/** @throws InvalidArgumentError if they are of another type, or hold what is not known */
export function checkpointOptionsOf(any: TypedAny | undefined): OciCheckpointOptions {
  if (any === undefined) return {};
  const options = unmarshalAny(any, ociCheckpointOptionsType);
  const issues = problemsOf(checkpointOptions, options);
  if (issues.length === 0) return options as OciCheckpointOptions;
  throw new InvalidArgumentError(`the options of type ${ociCheckpointOptionsType} are not valid: ${issues.join('; ')}`);
}

/** What a checkpoint and its restore have to agree on, as the runtimes' flags. */
export function criuFlags(options: OciCheckpointOptions): readonly string[] {
  const { openTcp, externalUnixSockets, terminal, fileLocks, emptyNamespaces = [], cgroupsMode } = options;
  return [
    ...(openTcp ? ['--tcp-established'] : []),
    ...(externalUnixSockets ? ['--ext-unix-sk'] : []),
    ...(terminal ? ['--shell-job'] : []),
    ...(fileLocks ? ['--file-locks'] : []),
    ...emptyNamespaces.map((name) => `--empty-ns=${name}`),
    ...(cgroupsMode ? [`--manage-cgroups-mode=${cgroupsMode}`] : []),
  ];
}
