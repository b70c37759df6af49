/** Has a shim checkpoint a task: all of its images, or none. */
import type { TypedAny } from '@shiplog/core';
import {
  beginImages,
  checkpointOptionsOf,
  discardImages,
  draftOf,
  finishImages,
  ociCheckpointOptionsType,
  outsideFoldersOf,
  type TaskLayout,
} from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { checkpointAny } from './checkpoint-options.js';
import type { TaskRecord } from './record.js';
import { callShim } from './shim-call.js';
import { isRuncShim } from './task-options.js';

/**
 * @throws NotImplementedError if the shim cannot, or CRIU does not work here
 * @throws AlreadyExistsError if something is at the path
 */
export async function checkpointTask(
  backend: ShimBackend,
  layout: TaskLayout,
  { shim }: TaskRecord,
  { path, options: any }: { readonly path: string; readonly options: TypedAny | undefined },
  signal: AbortSignal | undefined,
): Promise<void> {
  const message = checkpointAny(any);
  await assertCanCheckpoint(backend, shim.binary);
  // A shim makes the folder before it knows whether anything will come of it; where it is, the checkpoint is whole.
  const own = any?.typeUrl === ociCheckpointOptionsType ? any : undefined;
  beginImages(path, { options: checkpointOptionsOf(own), outsideFolders: outsideFoldersOf(layout.runtimeRoot) });
  try {
    await callShim({
      ...{ backend, layout, shim, action: `checkpoint task ${layout.id}`, kind: 'dump', signal },
      call: (api, options) => api.checkpoint({ id: layout.id, path: draftOf(path), ...message }, options),
    });
  } catch (error) {
    discardImages(path);
    throw error;
  }
  finishImages(path);
}

/** Only of runc's shims it is known what they need; the others say for themselves what they cannot do. */
export async function assertCanCheckpoint({ criu }: Pick<ShimBackend, 'criu'>, binary: string): Promise<void> {
  if (isRuncShim(binary)) await criu.assertWorks(binary);
}
