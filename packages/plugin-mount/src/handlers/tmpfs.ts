import type { MountKind } from '../mount-kind.js';
import { checkOptions, type OptionRules } from '../options.js';

const size = /^\d+[kmgtpe]?$/i;
const number = /^\d+$/;
const none = /^$/;

// As tmpfs(5).
const rules: OptionRules = {
  size: { pattern: /^\d+[kmgtpe%]?$/i, example: 'size=64m or size=50%' },
  nr_blocks: { pattern: size, example: 'nr_blocks=16k' },
  nr_inodes: { pattern: size, example: 'nr_inodes=10k' },
  mode: { pattern: /^[0-7]{1,4}$/, example: 'mode=1777' },
  uid: { pattern: number, example: 'uid=1000' },
  gid: { pattern: number, example: 'gid=1000' },
  huge: { pattern: /^(never|always|within_size|advise)$/, example: 'huge=never' },
  mpol: { pattern: /^[a-z]+(=[a-z]+)?(:[\d-]+)?$/, example: 'mpol=bind:0-3' },
  noswap: { pattern: none, example: 'noswap, without a value' },
  inode32: { pattern: none, example: 'inode32, without a value' },
  inode64: { pattern: none, example: 'inode64, without a value' },
};

/** A file system in memory. Its source is a name and no more. */
export const tmpfs: MountKind = {
  type: 'tmpfs',
  ofHost: false,
  check: (mount) => checkOptions(mount, rules),
  prepare: async (mount) => ({ fsType: 'tmpfs', source: mount.source || 'tmpfs', options: mount.options }),
};
