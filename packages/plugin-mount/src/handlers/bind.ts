import { stat } from 'node:fs/promises';
import type { MountKind } from '../mount-kind.js';
import { checkOptions, wrongMount } from '../options.js';
import { requirePath } from '../require-path.js';

const none = { pattern: /^$/, example: 'rbind, without a value' };

/**
 * A file or folder, seen again at another place; with `rbind`, all that is mounted in it too. `ro` and the like hold for
 * that place alone (for an rbind, not for what is mounted in it): mount(8) binds, then remounts with them.
 */
export const bind: MountKind = {
  type: 'bind',
  async prepare(mount, target) {
    checkOptions(mount, { bind: none, rbind: none });
    const source = await requirePath(mount, 'source', mount.source);
    if (source.isDirectory() !== (await stat(target)).isDirectory()) {
      const kind = source.isDirectory() ? 'folder' : 'file';
      throw wrongMount(mount, `source ${mount.source} is a ${kind}, and ${target} is not`);
    }
    const recursive = mount.options.includes('rbind');
    const others = mount.options.filter((option) => option !== 'bind' && option !== 'rbind');
    // A bind of a shared mount is shared with it: what is mounted or unmounted in the one would be in the other, and
    // the end of a task would take the host's own mounts along. So it becomes a slave, whatever else is asked for.
    return {
      source: mount.source,
      options: [recursive ? 'rbind' : 'bind', recursive ? 'rslave' : 'slave', ...others],
    };
  },
};
