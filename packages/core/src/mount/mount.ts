import type { MountRecord } from '../task/events.js';

/** A mount as containerd's `mount.Mount`: options as in fstab, `target` relative to the root that it is activated in. */
export type Mount = MountRecord;

/**
 * Mounts one kind of file system. A plugin of type `mount-handler` brings one or more.
 *
 * Both calls are idempotent as seen from recovery: a target that is not mounted is unmounted already.
 */
export interface MountHandler {
  /** The mount types that it takes: `bind`, `overlay`, ... */
  readonly types: readonly string[];
  /**
   * Leaves nothing mounted if it throws.
   *
   * @param target an absolute path that exists, without symbolic links
   * @throws InvalidArgumentError if the mount makes no sense (an unknown option, a relative source)
   * @throws NotFoundError if the source is not there
   */
  mount(mount: Mount, target: string, signal?: AbortSignal): Promise<void>;
  /** Survives a busy target. */
  unmount(target: string, signal?: AbortSignal): Promise<void>;
}
