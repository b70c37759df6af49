/** How a task is checkpointed. The names follow containerd's `containerd.runc.v1.CheckpointOptions`. */
import { InvalidArgumentError, type TypedAny, unmarshalAny } from '@shiplog/core';
import { z } from 'zod';

/** The type of the options of `Task.checkpoint`; the value is JSON. */
export const ociCheckpointOptionsType = 'shiplog.oci.v1.CheckpointOptions';

/** How CRIU treats cgroups: `soft` takes what is there and makes what is not. */
const cgroupsModes = ['soft', 'full', 'strict', 'ignore'] as const;

export const checkpointOptions = z.strictObject({
  /** End the task once it is written; by default it goes on. */
  exit: z.boolean().optional(),
  /** Open TCP connections; they are kept, and their packets held back, until the restore. */
  openTcp: z.boolean().optional(),
  /** Unix sockets whose other end is outside the container. */
  externalUnixSockets: z.boolean().optional(),
  /** Processes that belong to a terminal outside the container: `--shell-job`. */
  terminal: z.boolean().optional(),
  /** Locks on files. */
  fileLocks: z.boolean().optional(),
  /** Namespaces whose insides are not written: they are restored empty. runc knows this one only. */
  emptyNamespaces: z.array(z.enum(['network'])).optional(),
  cgroupsMode: z.enum(cgroupsModes).optional(),
  /** An absolute path for CRIU's work files and logs; by default they go with the task. */
  workPath: z
    .string()
    .regex(/^\/[^\0]*$/, 'give an absolute path')
    .optional(),
});

export type OciCheckpointOptions = z.infer<typeof checkpointOptions>;

/** @throws InvalidArgumentError if they are of another type, or hold what is not known */
export function checkpointOptionsOf(any: TypedAny | undefined): OciCheckpointOptions {
  if (any === undefined) return {};
  const parsed = checkpointOptions.safeParse(unmarshalAny(any, ociCheckpointOptionsType));
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ');
  throw new InvalidArgumentError(`the options of type ${ociCheckpointOptionsType} are not valid: ${problem}`);
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
