import { stat } from 'node:fs/promises';
import { isRemount } from '@shiplog/core';
import type { MountKind } from '../mount-kind.js';
import { checkOptions, sortOptions, wrongMount } from '../options.js';
import { requirePath } from '../require-path.js';

const none = { pattern: /^$/, example: 'rbind, without a value' };

const kindOf = (type: 'bind' | 'rbind'): MountKind => ({
  type,
  ofHost: true,
  check(mount) {
    checkOptions(mount, { bind: none, rbind: none });
    if (isRemount(mount) && (type === 'rbind' || mount.options.includes('rbind'))) {
      throw wrongMount(mount, 'a remount is of one mount, never of those in it: write bind in place of rbind');
    }
  },
  async prepare(mount, target) {
    const source = await requirePath(mount, 'source', mount.source);
    if (source.isDirectory() !== (await stat(target)).isDirectory()) {
      const kind = source.isDirectory() ? 'folder' : 'file';
      throw wrongMount(mount, `source ${mount.source} is a ${kind}, and ${target} is not`);
    }
    const recursive = type === 'rbind' || mount.options.includes('rbind');
    const { flags, propagation } = sortOptions(mount);
    // A bind of a shared mount is shared with it: what is mounted or unmounted in the one would be in the other, and
    // the end of a task would take the host's own mounts along. So it becomes a slave, whatever else is asked for.
    return {
      source: mount.source,
      options: [recursive ? 'rbind' : 'bind', recursive ? 'rslave' : 'slave', ...flags, ...propagation],
    };
  },
});

/**
 * A file or folder, seen again at another place; with `rbind`, all that is mounted in it too. `ro` and the like hold for
 * that place alone (for an rbind, not for what is mounted in it): mount(8) binds, then remounts with them.
 */
export const bind = kindOf('bind');
/** The same with the option in its type's place. */
export const rbind = kindOf('rbind');
