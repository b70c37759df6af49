import type { MountRecord } from '../task/events.js';

/** A mount as containerd's `mount.Mount`: options as in fstab, `target` relative to the root that it is activated in. */
export type Mount = MountRecord;

/** `detached`: it was busy, so it is out of sight, and the kernel lets go of it with its last user. */
export type Unmounted = 'unmounted' | 'detached';

/**
 * Mounts one kind of file system. A plugin of type `mount-handler` brings one or more.
 *
 * `unmount` is idempotent, since recovery does it again: a target that is not mounted is unmounted already.
 */
export interface MountHandler {
  /** The mount types that it takes: `bind`, `overlay`, ... */
  readonly types: readonly string[];
  /**
   * Refuses what makes no sense on any host, before the first of several mounts is made.
   *
   * @throws InvalidArgumentError for an unknown option, or for options that contradict each other
   * @throws NotImplementedError for an option that is known, and that this handler cannot do
   */
  check?(mount: Mount): void;
  /**
   * Leaves nothing mounted if it throws.
   *
   * @param target an absolute path that exists, without symbolic links
   * @throws InvalidArgumentError if the mount makes no sense (an unknown option, a relative source)
   * @throws NotFoundError if the source is not there
   */
  mount(mount: Mount, target: string, signal?: AbortSignal): Promise<void>;
  /** Survives a busy target, and never follows a symbolic link. */
  unmount(target: string, signal?: AbortSignal): Promise<Unmounted>;
}

/** Whether it changes a mount that is there, instead of making one. */
export function isRemount({ options }: Mount): boolean {
  return options.includes('remount');
}
