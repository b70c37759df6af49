import type { Mount } from '@shiplog/core';

/** What mount(8) is called with for one mount. */
export interface MountCall {
  /** For `-t`; absent where there is no file system of its own. */
  readonly fsType?: string;
  readonly source: string;
  /** For `-o`, in order; commas within one are escaped already. */
  readonly options: readonly string[];
  /** For the mount once it stands, and for all that came with it: `ro`, ... */
  readonly afterwards?: readonly string[];
  /** Where relative paths in the options begin. */
  readonly cwd?: string;
  /** Called when mount(8) has ended. */
  readonly cleanUp?: () => PromiseLike<void>;
}

/**
 * What is special about one type of mount: the check of what the user wrote. To bring another type, write one of these
 * and add it to `mountKinds` in `plugin.ts`.
 */
export interface MountKind {
  readonly type: string;
  /**
   * Whether its file system is the host's own, seen once more (a bind, sysfs, a cgroup hierarchy): then `ro` must be
   * said of the new place alone, or the host's would be read-only too.
   */
  readonly ofHost: boolean;
  /**
   * Looks at nothing but the mount.
   *
   * @throws InvalidArgumentError naming the option that is wrong
   */
  check(mount: Mount): void;
  /**
   * Mounts nothing.
   *
   * @throws InvalidArgumentError naming the path that is wrong
   * @throws NotFoundError if a path is not there
   */
  prepare(mount: Mount, target: string): Promise<MountCall>;
}
