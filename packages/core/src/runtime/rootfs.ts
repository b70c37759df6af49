/** The rootfs mounts of a task, each change of them an effect in its log. */
import { join } from 'node:path';
import type { Mount } from '../mount/mount.js';
import type { MountManager } from '../mount/mount-manager.js';
import { mountsOn } from '../task/state.js';
import type { Call } from './call.js';
import { type Engine, load } from './execute.js';
import { done, newRequest, perform } from './perform.js';

/**
 * An overlay may leave it to us where its changes go: into a folder of the task's own, which goes with the task. Its
 * handler makes what it needs there.
 */
export const scratchOption = 'X-shiplog.scratch';

export function withScratch(mounts: readonly Mount[], folder: string): readonly Mount[] {
  return mounts.map((mount, at) => ({
    ...mount,
    options: mount.options.map((option) =>
      option === scratchOption ? `${scratchOption}=${join(folder, `scratch-${at}`)}` : option,
    ),
  }));
}

export async function activateRootfs(
  engine: Engine,
  manager: MountManager,
  call: Call,
  target: string,
  mounts: readonly Mount[],
): Promise<void> {
  if (mounts.length === 0) return;
  await perform(engine, call, {
    request: { type: 'ActivateMounts', ...newRequest(engine, call), target, mounts },
    run: () => manager.activate(target, mounts, call.signal),
    outcome: done,
    leftBehind: () => ({ left: manager.mountPoints(target) }),
  });
}

/** Nothing to do, and no event, where nothing is mounted as far as the log knows. */
export async function deactivateRootfs(
  engine: Engine,
  manager: MountManager,
  call: Call,
  target: string,
): Promise<void> {
  const set = mountsOn(load(engine.log, call.stream).state, target);
  if (!set) return;
  await perform(engine, call, {
    request: { type: 'DeactivateMounts', ...newRequest(engine, call), target },
    run: () => manager.deactivate(target, set.mounts),
    outcome: ({ detached }, ref) => ({ ...done(undefined, ref), detached }),
  });
}
