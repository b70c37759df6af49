/** Mount options as containerd takes them: words for the mount itself, `key=value` for the file system. */
import { InvalidArgumentError, isRemount, type Mount, NotImplementedError } from '@shiplog/core';

const flagWords = [
  'defaults',
  'ro',
  'rw',
  'suid',
  'nosuid',
  'dev',
  'nodev',
  'exec',
  'noexec',
  'sync',
  'async',
  'dirsync',
  'mand',
  'nomand',
  'atime',
  'noatime',
  'diratime',
  'nodiratime',
  'relatime',
  'norelatime',
  'strictatime',
  'nostrictatime',
] as const;

const propagationWords = [
  'private',
  'rprivate',
  'slave',
  'rslave',
  'shared',
  'rshared',
  'unbindable',
  'runbindable',
] as const;

const flags: ReadonlySet<string> = new Set(flagWords);
const propagations: ReadonlySet<string> = new Set(propagationWords);

/** Options that other tools know, each with what to do instead. */
const unable: readonly (readonly [RegExp, string])[] = [
  [/^loop(=|$)/, 'attach the image yourself (losetup, mount), and bind what is in it'],
  [
    /^(uidmap|gidmap)=/,
    'ID-mapped root file systems need a newer mount(8) than we rely on: change the owners of a copy',
  ],
  [/^X-containerd\./, "it is for containerd's own mount manager: say what it stands for as mounts"],
];

/** The file system's own options: what is right for each, in words and as a pattern. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

export interface OptionRule {
  /** Of the value; of no value, where it may stand alone: ''. */
  readonly pattern: RegExp;
  readonly example: string;
}

/**
 * @param own options of this type alone
 * @throws InvalidArgumentError naming the first that is unknown or has a wrong value
 */
export function checkOptions(mount: Mount, own: OptionRules = {}): void {
  for (const option of mount.options) {
    if (flags.has(option) || propagations.has(option) || option === 'remount') continue;
    const { key, value } = splitOption(option);
    const rule = Object.hasOwn(own, key) ? own[key] : undefined;
    if (!rule) {
      refuseUnable(mount, option);
      const others = Object.keys(own).join(', ');
      throw wrongMount(
        mount,
        // Its value may be a secret that some other file system takes.
        `option ${JSON.stringify(key)} is unknown; there are ro, nosuid, nodev, noexec, ... of mount(8), remount, ` +
          `private, slave, shared, unbindable and their r-forms${others && `, and ${others}`}`,
      );
    }
    if (!rule.pattern.test(value)) {
      throw wrongMount(mount, `option ${JSON.stringify(option)} has a wrong value: write for example ${rule.example}`);
    }
  }
  const { propagation } = sortOptions(mount);
  if (propagation.length > 1) throw wrongMount(mount, `${propagation.join(' and ')} exclude each other: give one`);
  if (isRemount(mount) && mount.options.length === 1)
    throw wrongMount(mount, 'remount alone changes nothing: say what');
}

function refuseUnable(mount: Mount, option: string): void {
  const [, instead] = unable.find(([pattern]) => pattern.test(option)) ?? [];
  if (instead === undefined) return;
  const { key } = splitOption(option);
  throw new NotImplementedError(`cannot mount ${mount.type} with option ${JSON.stringify(key)}: ${instead}`, {
    details: { type: mount.type, option: key },
  });
}

export interface SortedOptions {
  /** Of the mount alone: `ro`, `nosuid`, ... */
  readonly flags: readonly string[];
  /** At most one, once they are checked. */
  readonly propagation: readonly string[];
  /** For the file system. */
  readonly own: readonly string[];
}

/** By whom they are for. `bind`, `rbind` and `remount` say what to do, and are for nobody. */
export function sortOptions({ options }: Mount): SortedOptions {
  const verbs = ['bind', 'rbind', 'remount'];
  const isOwn = (option: string) => !flags.has(option) && !propagations.has(option) && !verbs.includes(option);
  return {
    flags: options.filter((option) => flags.has(option)),
    propagation: [...new Set(options.filter((option) => propagations.has(option)))],
    own: options.filter(isOwn),
  };
}

export function splitOption(option: string): { readonly key: string; readonly value: string } {
  const equals = option.indexOf('=');
  return equals === -1 ? { key: option, value: '' } : { key: option.slice(0, equals), value: option.slice(equals + 1) };
}

/** The error of a mount that makes no sense, in the words of all handlers. */
export function wrongMount(mount: Mount, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`cannot mount ${mount.type}: ${what}`, {
    details: { type: mount.type, source: mount.source, target: mount.target },
  });
}
