import { create, toBinary } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { RuncCheckpointOptionsSchema } from '@shiplog/containerd-api';
import type { TypedAny } from '@shiplog/core';
import { checkpointOptionsOf, ociCheckpointOptionsType } from '@shiplog/oci';
import { toAny } from './bootstrap.js';

/** Options of Shiplog's own kind as runc's shim has them; others go to the shim as they are. */
export function checkpointAny(options: TypedAny | undefined): { readonly options?: Any } {
  if (options === undefined) return {};
  if (options.typeUrl !== ociCheckpointOptionsType) return { options: toAny(options) };
  const { fileLocks, emptyNamespaces, ...rest } = checkpointOptionsOf(options);
  const message = create(RuncCheckpointOptionsSchema, {
    ...(fileLocks !== undefined && { fileLocks }),
    ...(emptyNamespaces && { emptyNamespaces: [...emptyNamespaces] }),
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
  });
  const value = toBinary(RuncCheckpointOptionsSchema, message);
  return { options: toAny({ typeUrl: 'containerd.runc.v1.CheckpointOptions', value }) };
}
