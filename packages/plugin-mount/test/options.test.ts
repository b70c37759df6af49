import { InvalidArgumentError, NotImplementedError } from '@shiplog/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mountKinds } from '../src/index.js';
import { checkOptions, sortOptions } from '../src/options.js';
import { mountOf } from './temp-folder.js';

const flags = ['ro', 'rw', 'nosuid', 'nodev', 'noexec', 'sync', 'dirsync', 'noatime', 'relatime', 'strictatime'];
const propagations = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable'];

const check = (type: string, options: readonly string[]) => () =>
  mountKinds.find((kind) => kind.type === type)?.check(mountOf(type, '/', options));

describe('options', () => {
  it.each(mountKinds.map(({ type }) => [type]))('of any mount are taken by %s', (type) => {
    const own = type === 'overlay' ? ['lowerdir=/'] : [];
    for (const option of [...flags, ...propagations]) expect(check(type, [option, ...own])).not.toThrow();
  });

  it('go each to those that they are for, and none is lost', () => {
    const own = fc.stringMatching(/^[a-z]{3,8}=\w{1,8}$/);
    const anyOption = fc.oneof(fc.constantFrom(...flags, ...propagations, 'bind', 'rbind', 'remount'), own);
    fc.assert(
      fc.property(fc.array(anyOption), (options) => {
        const sorted = sortOptions(mountOf('tmpfs', '', options));
        expect(sorted.flags).toEqual(options.filter((option) => flags.includes(option)));
        expect(new Set(sorted.propagation)).toEqual(new Set(options.filter((option) => propagations.includes(option))));
        expect(sorted.own).toEqual(options.filter((option) => option.includes('=')));
      }),
    );
  });

  it('that exclude each other are refused', () => {
    expect(check('tmpfs', ['private', 'shared'])).toThrow('private and shared exclude each other');
    expect(check('tmpfs', ['shared', 'shared'])).not.toThrow();
  });

  it.each([
    ['loop', 'losetup'],
    ['loop=/dev/loop0', 'losetup'],
    ['uidmap=0:100000:65536', 'ID-mapped'],
    ['gidmap=0:100000:65536', 'ID-mapped'],
    ['X-containerd.mkdir.path=/x', "containerd's own mount manager"],
  ])('of other tools say what to do instead: %s', (option, words) => {
    expect(check('bind', [option])).toThrow(NotImplementedError);
    expect(check('bind', [option])).toThrow(words);
  });

  it.each([
    ['tmpfs', ['remount'], 'remount alone changes nothing'],
    ['bind', ['remount', 'rbind', 'ro'], 'write bind in place of rbind'],
    ['proc', ['hidepid=9'], 'write for example hidepid=2'],
    ['sysfs', ['size=1m'], 'option "size" is unknown'],
    ['devpts', ['ptmxmode=rw'], 'write for example ptmxmode=666'],
    ['mqueue', ['mode=1'], 'option "mode" is unknown'],
    ['cgroup', ['xattr'], 'xattr is of one hierarchy: name a controller'],
    ['cgroup', ['memory=1'], 'write for example memory, without a value'],
    ['cgroup2', ['memory'], 'option "memory" is unknown'],
  ])('of %s: %j is refused', (type, options, words) => {
    expect(check(type, options)).toThrow(InvalidArgumentError);
    expect(check(type, options)).toThrow(words);
  });

  it('without rules of their own are those of any mount', () => {
    expect(() => checkOptions(mountOf('other', '', ['ro', 'rslave']))).not.toThrow();
  });
});
