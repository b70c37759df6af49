import type { Mount } from '@shiplog/core';
import type { MountKind } from '../mount-kind.js';
import { checkOptions, type OptionRules, splitOption, wrongMount } from '../options.js';
import { requireFolder } from '../require-path.js';

/** What mount(2) takes of options; it cuts the rest off without a word. */
const maxOptionBytes = 4095;

const onOff = (key: string) => ({ pattern: /^(on|off)$/, example: `${key}=off` });
const none = /^$/;

// As the kernel's Documentation/filesystems/overlayfs.rst.
const rules: OptionRules = {
  lowerdir: { pattern: /./, example: 'lowerdir=/top:/bottom' },
  upperdir: { pattern: /./, example: 'upperdir=/changes' },
  workdir: { pattern: /./, example: 'workdir=/work' },
  index: onOff('index'),
  metacopy: onOff('metacopy'),
  nfs_export: onOff('nfs_export'),
  redirect_dir: { pattern: /^(on|off|follow|nofollow)$/, example: 'redirect_dir=off' },
  uuid: { pattern: /^(on|off|null|auto)$/, example: 'uuid=off' },
  verity: { pattern: /^(on|off|require)$/, example: 'verity=off' },
  xino: { pattern: /^(on|off|auto)$/, example: 'xino=off' },
  userxattr: { pattern: none, example: 'userxattr, without a value' },
  volatile: { pattern: none, example: 'volatile, without a value' },
};

/** Folders laid on top of each other. Without `upperdir` nothing can be written. Its source is a name and no more. */
export const overlay: MountKind = {
  type: 'overlay',
  async prepare(mount) {
    checkOptions(mount, rules);
    const lowerDirs = splitLayers(single(mount, 'lowerdir') ?? '');
    const [upperDir, workDir] = [single(mount, 'upperdir'), single(mount, 'workdir')];
    if (lowerDirs.length === 0) throw wrongMount(mount, 'option lowerdir is missing: write lowerdir=/top:/bottom');
    if ((upperDir === undefined) !== (workDir === undefined)) {
      throw wrongMount(mount, 'upperdir and workdir go together: give both to write, or none to read only');
    }
    await Promise.all(lowerDirs.map((folder) => requireFolder(mount, 'lowerdir', folder)));
    if (upperDir !== undefined && workDir !== undefined) {
      const upper = await requireFolder(mount, 'upperdir', unescaped(upperDir));
      const work = await requireFolder(mount, 'workdir', unescaped(workDir));
      if (upper.dev !== work.dev) throw wrongMount(mount, 'upperdir and workdir are not on the same file system');
    }
    const options = mount.options.map(escapeCommas);
    const bytes = Buffer.byteLength(options.join(','));
    if (bytes > maxOptionBytes) {
      throw wrongMount(
        mount,
        `its options have ${bytes} bytes, and the kernel takes ${maxOptionBytes}: shorten the paths`,
      );
    }
    return { fsType: 'overlay', source: mount.source || 'overlay', options };
  },
};

function single(mount: Mount, key: string): string | undefined {
  const values = mount.options.map(splitOption).filter((option) => option.key === key);
  if (values.length > 1) throw wrongMount(mount, `option ${key} is given ${values.length} times`);
  // mount(8) would read it as the begin of a quotation.
  if (values[0]?.value.includes('"')) throw wrongMount(mount, `option ${key} has a quotation mark in it`);
  return values[0]?.value;
}

/** Between colons, unless a backslash stands before; an empty one only marks that data layers follow. */
function splitLayers(lowerDir: string): readonly string[] {
  const layers = lowerDir.match(/(?:\\.|[^:\\])+/g) ?? [];
  return layers.map(unescaped);
}

function unescaped(path: string): string {
  return path.replaceAll(/\\(.)/g, '$1');
}

/** mount(8) and the kernel both take a comma for the end of an option, unless a backslash stands before it. */
function escapeCommas(option: string): string {
  return option.replaceAll(/(\\.)|,/gs, (_, pair?: string) => pair ?? '\\,');
}
