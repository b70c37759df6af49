import { InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bind } from '../../src/handlers/bind.js';
import { overlay } from '../../src/handlers/overlay.js';
import { tmpfs } from '../../src/handlers/tmpfs.js';
import type { MountKind } from '../../src/mount-kind.js';
import { mountOf, TempFolder } from '../temp-folder.js';

let temp: TempFolder;
beforeEach(() => {
  temp = new TempFolder();
});
afterEach(() => temp[Symbol.dispose]());

async function refusal(kind: MountKind, source: string, options: readonly string[]) {
  const mount = mountOf(kind.type, source, options);
  const error = await Promise.try(() => kind.check(mount))
    .then(() => kind.prepare(mount, temp.folder('target')))
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe('bind', () => {
  it.each([
    [[], ['bind', 'slave']],
    [['bind'], ['bind', 'slave']],
    [['rbind'], ['rbind', 'rslave']],
    [
      ['rbind', 'ro', 'nosuid', 'nodev', 'noexec', 'relatime'],
      ['rbind', 'rslave', 'ro', 'nosuid', 'nodev', 'noexec', 'relatime'],
    ],
    [
      ['bind', 'rw', 'rshared'],
      ['bind', 'slave', 'rw', 'rshared'],
    ],
  ])('with %j calls mount(8) with %j: never a peer of its source', async (options, expected) => {
    const source = temp.folder('source');
    const call = await bind.prepare(mountOf('bind', source, options), temp.folder('target'));
    expect(call).toEqual({ source, options: expected });
  });

  it.each([
    ['lowerdir=/a', 'option "lowerdir" is unknown'],
    ['size=1m', 'option "size" is unknown'],
    ['ro,nosuid', 'option "ro,nosuid" is unknown'],
    ['', 'option "" is unknown'],
    ['constructor', 'option "constructor" is unknown'],
    ['rbind=1', 'option "rbind=1" has a wrong value'],
  ])('refuses the option %j by name', async (option, words) => {
    const error = await refusal(bind, temp.folder('source'), [option]);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain(words);
  });

  it('keeps the value of an option that it does not know to itself', async () => {
    const error = await refusal(bind, temp.folder('source'), ['password=hunter2']);
    expect(JSON.stringify([error.message, error])).not.toContain('hunter2');
  });

  it('refuses a relative source', async () => {
    const error = await refusal(bind, 'data', []);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toBe('cannot mount bind: source "data" is not an absolute path');
  });

  it('misses a source that is not there', async () => {
    const error = await refusal(bind, `${temp.path}/none`, []);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toBe(`cannot mount bind: source ${temp.path}/none does not exist`);
  });

  it('refuses a file on a folder', async () => {
    const error = await refusal(bind, temp.file('file'), []);
    expect(error.message).toContain(`is a file, and ${temp.path}/target is not`);
  });
});

describe('tmpfs', () => {
  it.each([['size=64m'], ['size=50%'], ['mode=1777'], ['uid=0'], ['nr_inodes=1k'], ['mpol=bind:0-3'], ['nosuid']])(
    'takes %s',
    async (option) => {
      const call = await tmpfs.prepare(mountOf('tmpfs', '', [option]), temp.path);
      expect(call).toEqual({ fsType: 'tmpfs', source: 'tmpfs', options: [option] });
    },
  );

  it.each([
    ['size=lots', 'option "size=lots" has a wrong value: write for example size=64m or size=50%'],
    ['size', 'option "size" has a wrong value'],
    ['mode=999', 'option "mode=999" has a wrong value: write for example mode=1777'],
    ['size=1m,uid=0', 'option "size=1m,uid=0" has a wrong value'],
    ['bind', 'option "bind" is unknown'],
  ])('refuses %s', async (option, words) => {
    const error = await refusal(tmpfs, 'tmpfs', [option]);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain(words);
  });
});

describe('overlay', () => {
  it('takes folders with a comma or a colon in their names', async () => {
    const [top, bottom] = [temp.folder('a,1'), temp.folder('b:2')];
    const lowerdir = `lowerdir=${top}:${bottom.replace(':', '\\:')}`;
    const call = await overlay.prepare(mountOf('overlay', '', [lowerdir, 'index=off']), temp.folder('target'));
    expect(call).toEqual({
      fsType: 'overlay',
      source: 'overlay',
      options: [lowerdir.replace(',', '\\,'), 'index=off'],
    });
  });

  it.each([
    ['no lowerdir', () => [], 'option lowerdir is missing'],
    ['a lowerdir without a value', () => ['lowerdir='], 'has a wrong value: write for example lowerdir=/top:/bottom'],
    ['a relative lowerdir', () => ['lowerdir=/:layers'], 'lowerdir "layers" is not an absolute path'],
    ['a lowerdir that is not there', () => ['lowerdir=/:/none/such'], 'lowerdir /none/such does not exist'],
    ['a lowerdir that is a file', () => [`lowerdir=${temp.file('file')}`], 'file is not a folder'],
    ['two of one', () => ['lowerdir=/', 'lowerdir=/'], 'option lowerdir is given 2 times'],
    ['a quotation mark', () => ['lowerdir=/a"b'], 'option lowerdir has a quotation mark in it'],
    ['upperdir alone', () => ['lowerdir=/', 'upperdir=/a'], 'upperdir and workdir go together'],
    ['workdir alone', () => ['lowerdir=/', 'workdir=/a'], 'upperdir and workdir go together'],
    ['a relative workdir', () => ['lowerdir=/', 'upperdir=/', 'workdir=w'], 'workdir "w" is not an absolute path'],
    [
      'folders of two file systems',
      () => ['lowerdir=/', `upperdir=${temp.path}`, 'workdir=/proc'],
      'upperdir and workdir are not on the same file system',
    ],
    [
      'more layers than the kernel stacks',
      () => [`lowerdir=${Array(501).fill('/tmp').join(':')}`],
      'it has 501 lower layers, and the kernel stacks at most 500',
    ],
    [
      'a workdir in its upperdir',
      () => ['lowerdir=/', `upperdir=${temp.folder('up')}`, `workdir=${temp.folder('up/work')}`],
      'must not be in each other: give two folders',
    ],
    [
      'an upperdir that is a lower layer',
      () => [`lowerdir=/:${temp.folder('up')}`, `upperdir=${temp.path}/up`, `workdir=${temp.folder('work')}`],
      'up is a lower layer too: give an empty folder',
    ],
    ['other folders at a remount', () => ['remount', 'lowerdir=/'], 'a remount cannot change its folders'],
    ['an unknown option', () => ['lowerdir=/', 'upper=/a'], 'option "upper" is unknown'],
  ])('refuses %s', async (_what, options, words) => {
    expect((await refusal(overlay, 'overlay', options())).message).toContain(words);
  });
});
