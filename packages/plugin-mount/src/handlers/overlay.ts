import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRemount, type Mount, scratchOption } from '@shiplog/core';
import type { MountKind } from '../mount-kind.js';
import { checkOptions, type OptionRules, splitOption, wrongMount } from '../options.js';
import { requireFolder } from '../require-path.js';
import { escapeLayer, type Layers, maxLayers, shortNames, splitLayers, unescaped } from './overlay-layers.js';

/** What mount(2) takes of options. */
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
  [scratchOption]: { pattern: /^\//, example: `${scratchOption}, alone, in CreateOpts.rootfs` },
  volatile: { pattern: none, example: 'volatile, without a value' },
};

/** Folders laid on top of each other. Without `upperdir` nothing can be written. Its source is a name and no more. */
export const overlay: MountKind = {
  type: 'overlay',
  ofHost: false,
  check(mount) {
    checkOptions(mount, rules);
    const { lower, upper, work } = layersOf(mount);
    if (isRemount(mount)) {
      if (lower.length > 0 || upper !== undefined || work !== undefined) {
        throw wrongMount(mount, 'a remount cannot change its folders: deactivate it first');
      }
      return;
    }
    if (lower.length === 0) throw wrongMount(mount, 'option lowerdir is missing: write lowerdir=/top:/bottom');
    if (lower.length > maxLayers) {
      throw wrongMount(mount, `it has ${lower.length} lower layers, and the kernel stacks at most ${maxLayers}`);
    }
    if ((upper === undefined) !== (work === undefined)) {
      throw wrongMount(mount, 'upperdir and workdir go together: give both to write, or none to read only');
    }
  },
  async prepare(mount) {
    const layers = layersOf(mount);
    const scratch = single(mount, scratchOption);
    if (scratch !== undefined) await makeScratch(layers);
    await requireLayers(mount, layers);
    const source = mount.source || 'overlay';
    const others = mount.options.filter((option) => !folderOptions.includes(splitOption(option).key));
    const options = [...folderOptionsOf(layers), ...others].map(escapeCommas);
    if (Buffer.byteLength(options.join(',')) <= maxOptionBytes) return { fsType: 'overlay', source, options };
    const short = await shortNames(layers);
    return {
      fsType: 'overlay',
      source,
      options: [...short.options, ...others],
      cwd: short.folder,
      cleanUp: () => short[Symbol.asyncDispose](),
    };
  },
};

const folderOptions: readonly string[] = ['lowerdir', 'upperdir', 'workdir', scratchOption];

function layersOf(mount: Mount): Layers {
  const lower = splitLayers(single(mount, 'lowerdir') ?? '');
  const [upper, work] = [single(mount, 'upperdir'), single(mount, 'workdir')];
  const scratch = single(mount, scratchOption);
  if (scratch !== undefined) {
    if (upper !== undefined || work !== undefined) {
      throw wrongMount(mount, `${scratchOption} stands for upperdir and workdir: give one or the other`);
    }
    return { lower, upper: join(scratch, 'upper'), work: join(scratch, 'work') };
  }
  return {
    lower,
    ...(upper !== undefined && { upper: unescaped(upper) }),
    ...(work !== undefined && { work: unescaped(work) }),
  };
}

function folderOptionsOf({ lower, upper, work }: Layers): readonly string[] {
  const options = [`lowerdir=${lower.map(escapeLayer).join(':')}`];
  if (upper !== undefined) options.push(`upperdir=${escapeLayer(upper)}`);
  if (work !== undefined) options.push(`workdir=${escapeLayer(work)}`);
  return options;
}

/** The top of the overlay has the owner and the mode of its upper folder, which should be those of what lies below. */
async function makeScratch({ lower: [top = ''], upper = '', work = '' }: Layers): Promise<void> {
  const like = await stat(top).catch(() => undefined);
  await mkdir(work, { recursive: true, mode: 0o700 });
  await mkdir(upper, { recursive: true });
  if (!like) return;
  await chown(upper, like.uid, like.gid);
  await chmod(upper, like.mode & 0o7777);
}

async function requireLayers(mount: Mount, { lower, upper, work }: Layers): Promise<void> {
  const folders = lower.filter((folder) => folder !== '');
  const lowers = await Promise.all(folders.map((folder) => requireFolder(mount, 'lowerdir', folder)));
  if (upper === undefined || work === undefined) return;
  const upperStats = await requireFolder(mount, 'upperdir', upper);
  const workStats = await requireFolder(mount, 'workdir', work);
  if (upperStats.dev !== workStats.dev) throw wrongMount(mount, 'upperdir and workdir are not on the same file system');
  const [realUpper, realWork] = await Promise.all([realpath(upper), realpath(work)]);
  if (isIn(realUpper, realWork) || isIn(realWork, realUpper)) {
    throw wrongMount(mount, `upperdir ${upper} and workdir ${work} must not be in each other: give two folders`);
  }
  const same = lowers.findIndex(({ dev, ino }) => dev === upperStats.dev && ino === upperStats.ino);
  if (same !== -1) throw wrongMount(mount, `upperdir ${upper} is a lower layer too: give an empty folder`);
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function single(mount: Mount, key: string): string | undefined {
  const values = mount.options.map(splitOption).filter((option) => option.key === key);
  if (values.length > 1) throw wrongMount(mount, `option ${key} is given ${values.length} times`);
  // mount(8) would read it as the begin of a quotation.
  if (values[0]?.value.includes('"')) throw wrongMount(mount, `option ${key} has a quotation mark in it`);
  return values[0]?.value;
}

/** mount(8) and the kernel both take a comma for the end of an option, unless a backslash stands before it. */
function escapeCommas(option: string): string {
  return option.replaceAll(/(\\.)|,/gs, (_, pair?: string) => pair ?? '\\,');
}
