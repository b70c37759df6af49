import { errorCodeOf } from '../kernel/errors.js';
import { backendContext, type Call } from './call.js';
import { resolveStdio } from './log-driver.js';
import type { CreateOpts } from './platform-runtime.js';
import { activateRootfs, deactivateRootfs, withScratch } from './rootfs.js';
import { assertNoLinks, makeTaskFolders, removeTaskFolders, taskFolders } from './task-folders.js';
import type { TaskScope } from './task-scope.js';
import { unlessNotFound } from './unless-not-found.js';

/** Folders, mounts, the backend's part: all of it, or nothing. Gives the first process's pid. */
export async function makeTask(scope: TaskScope, call: Call, opts: CreateOpts): Promise<number> {
  scope.engine.stateFolder.claim();
  const { backend, engine, mounts } = scope;
  const folders = taskFolders(backend, call.stream);
  try {
    makeTaskFolders(folders);
    engine.stateFolder.assertOurs();
    // A create before this one, under the same name, may have left what nobody could unmount then.
    await deactivateRootfs(engine, mounts, call, folders.rootfs);
    const rootfs = withScratch(opts.rootfs ?? [], folders.lasting);
    await activateRootfs(engine, mounts, call, folders.rootfs, rootfs);
    const io = await resolveStdio(scope.logDrivers, opts.io, { ...call.stream, exec: '' });
    const task = await backend.runtime.create(scope.id, { ...opts, ...(io && { io }) }, backendContext(call));
    return await task.pid(backendContext(call));
  } catch (error) {
    // What the backend has under this name is not ours, and its folders aren't either.
    if (errorCodeOf(error) !== 'already-exists') await undoMakeTask(scope, call).catch(engine.onError);
    throw error;
  }
}

/**
 * Takes away what `makeTask` may have made; also what it made before it was cut short. Each step is tried.
 *
 * @throws what the first of the steps that failed threw
 */
export async function undoMakeTask(scope: TaskScope, call: Call): Promise<void> {
  const { backend, engine, mounts } = scope;
  const patient: Call = { ...call, signal: undefined };
  const folders = taskFolders(backend, call.stream);
  assertNoLinks(folders);
  const failures: unknown[] = [];
  for (const step of [
    () => unlessNotFound(backend.runtime.delete(scope.id, backendContext(patient))),
    () => deactivateRootfs(engine, mounts, patient, folders.rootfs),
    () => removeTaskFolders(folders),
  ]) {
    await step().catch((failure: unknown) => failures.push(failure));
  }
  if (failures.length > 0) throw failures[0];
}
