/** The file systems that the kernel itself writes: processes, devices, queues. Their sources are names and no more. */
import type { MountKind } from '../mount-kind.js';
import { checkOptions, type OptionRules, sortOptions } from '../options.js';

const number = /^\d+$/;
const mode = { pattern: /^[0-7]{1,4}$/, example: 'mode=620' };
const id = (key: string) => ({ pattern: number, example: `${key}=5` });

interface KernelFileSystem {
  readonly rules: OptionRules;
  readonly ofHost: boolean;
}

const fileSystems = {
  // As proc(5).
  proc: {
    ofHost: false,
    rules: {
      hidepid: { pattern: /^([0124]|off|noaccess|invisible|ptraceable)$/, example: 'hidepid=2' },
      gid: id('gid'),
      subset: { pattern: /^pid$/, example: 'subset=pid' },
    },
  },
  sysfs: { ofHost: true, rules: {} },
  // As the kernel's Documentation/filesystems/devpts.rst.
  devpts: {
    ofHost: false,
    rules: {
      newinstance: { pattern: /^$/, example: 'newinstance, without a value' },
      ptmxmode: { ...mode, example: 'ptmxmode=666' },
      mode,
      uid: id('uid'),
      gid: id('gid'),
      max: { pattern: number, example: 'max=1024' },
    },
  },
  mqueue: { ofHost: true, rules: {} },
} as const satisfies Record<string, KernelFileSystem>;

export const kernelKinds: readonly MountKind[] = Object.entries(fileSystems).map(([type, { rules, ofHost }]) => ({
  type,
  ofHost,
  check: (mount) => checkOptions(mount, rules),
  prepare: async (mount) => {
    const { flags, propagation, own } = sortOptions(mount);
    const call = { fsType: type, source: mount.source || type };
    if (!ofHost) return { ...call, options: [...flags, ...own, ...propagation] };
    return { ...call, options: [...own, ...propagation], afterwards: flags };
  },
}));
