import type { Mount } from '@shiplog/core';

/** What mount(8) is called with for one mount. */
export interface MountCall {
  /** For `-t`; absent where there is no file system of its own. */
  readonly fsType?: string;
  readonly source: string;
  /** For `-o`, in order; commas within one are escaped already. */
  readonly options: readonly string[];
}

/**
 * What is special about one type of mount: the check of what the user wrote. To bring another type, write one of these
 * and add it to `mountKinds` in `plugin.ts`.
 */
export interface MountKind {
  readonly type: string;
  /**
   * Mounts nothing.
   *
   * @throws InvalidArgumentError naming the option or the path that is wrong
   * @throws NotFoundError if a path is not there
   */
  prepare(mount: Mount, target: string): Promise<MountCall>;
}
