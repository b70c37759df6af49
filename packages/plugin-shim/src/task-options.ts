/** What a task was asked to be created with, as its shim understands it. */
import { basename } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { RuncOptionsSchema } from '@shiplog/containerd-api';
import { type CreateOpts, InvalidArgumentError, type TypedAny } from '@shiplog/core';
import { type OciOptions, ociOptionsType, optionsOf } from '@shiplog/oci';

export interface TaskOptions {
  /** What our own kind of options says. */
  readonly oci: OciOptions;
  /** What the shim gets. */
  readonly any: TypedAny | undefined;
}

export const runcOptionsType = 'containerd.runc.v1.Options';

/**
 * Options of Shiplog's own kind are translated for shims of runc; others go to the shim as they are. As in containerd,
 * `taskOptions` win over `runtimeOptions`.
 *
 * @param runcRoot where runc keeps its state: ours alone, so that nothing collides with another manager on the host
 * @throws InvalidArgumentError for what the shim would pass over
 */
export function taskOptionsOf(binary: string, opts: CreateOpts, runcRoot: string): TaskOptions {
  const given = [opts.runtimeOptions, opts.taskOptions].filter((any) => any !== undefined);
  const own = (any: TypedAny | undefined) => (any?.typeUrl === ociOptionsType ? any : undefined);
  const foreign = given.findLast((any) => any.typeUrl !== ociOptionsType);
  const [runtimeOptions, taskOptions] = [own(opts.runtimeOptions), own(opts.taskOptions)];
  const oci = optionsOf({
    ...opts,
    ...without,
    ...(runtimeOptions && { runtimeOptions }),
    ...(taskOptions && { taskOptions }),
  });
  if (foreign) return { oci, any: foreign };
  if (isRuncShim(binary)) return { oci, any: runcOptions(oci, runcRoot) };
  for (const field of ['binary', 'systemdCgroup'] as const) {
    if (oci[field] === undefined) continue;
    throw new InvalidArgumentError(
      `${field} is an option of runc: give options of the type that ${basename(binary)} has`,
    );
  }
  return { oci, any: undefined };
}

const without = { runtimeOptions: undefined, taskOptions: undefined } as unknown as Partial<CreateOpts>;

export function isRuncShim(binary: string): boolean {
  return /^containerd-shim-runc-v[0-9]+$/.test(basename(binary));
}

function runcOptions({ binary = '', systemdCgroup = false }: OciOptions, root: string): TypedAny {
  const message = create(RuncOptionsSchema, { root, binaryName: binary, systemdCgroup });
  return { typeUrl: runcOptionsType, value: toBinary(RuncOptionsSchema, message) };
}
