/** Mount options as containerd takes them: words for the mount itself, `key=value` for the file system. */
import { InvalidArgumentError, type Mount } from '@shiplog/core';

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

/** They hold for a mount of any type; mount(8) takes them as they are, and propagation in the order given. */
const anyMount: ReadonlySet<string> = new Set([...flagWords, ...propagationWords]);

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
    if (anyMount.has(option)) continue;
    const { key, value } = splitOption(option);
    const rule = Object.hasOwn(own, key) ? own[key] : undefined;
    if (!rule) {
      const others = Object.keys(own).join(', ');
      throw wrongMount(
        mount,
        // Its value may be a secret that some other file system takes.
        `option ${JSON.stringify(key)} is unknown; there are ro, nosuid, nodev, noexec, ... of mount(8), ` +
          `private, slave, shared, unbindable and their r-forms${others && `, and ${others}`}`,
      );
    }
    if (!rule.pattern.test(value)) {
      throw wrongMount(mount, `option ${JSON.stringify(option)} has a wrong value: write for example ${rule.example}`);
    }
  }
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
