import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, type MountInfo, parseMountInfo, readMountInfo } from '../../src/mount/mountinfo.js';

/** What the kernel's seq_escape does to a field. */
const escaped = (text: string) =>
  text.replaceAll(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

function print(info: MountInfo): string {
  const { id, parentId, root, mountPoint, options, propagation, fsType, source, superOptions } = info;
  return [
    id,
    parentId,
    '0:1',
    escaped(root),
    escaped(mountPoint),
    options.map(escaped).join(','),
    ...propagation,
    '-',
    escaped(fsType),
    escaped(source),
    superOptions.map(escaped).join(','),
  ].join(' ');
}

const word = fc.string({ unit: fc.constantFrom(...'ab- \t\n\\#é040'), minLength: 1, maxLength: 8 });
const path = word.map((name) => `/${name}`);
const words = fc.array(word, { minLength: 1, maxLength: 3 });
const mountInfo: fc.Arbitrary<MountInfo> = fc.record({
  id: fc.nat(),
  parentId: fc.nat(),
  root: path,
  mountPoint: path,
  options: words,
  propagation: fc.array(fc.constantFrom('shared:1', 'master:22', 'propagate_from:3', 'unbindable'), { maxLength: 3 }),
  fsType: word,
  source: fc.oneof(word, fc.constant('')),
  superOptions: words,
});

describe('mountinfo', () => {
  it('is read as proc_pid_mountinfo(5) says', () => {
    const line =
      '36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:7 - ext3 /dev/root rw,lowerdir=/a\\134:b,errors=continue';
    expect(parseMountInfo(`${line}\n`)).toEqual([
      {
        id: 36,
        parentId: 35,
        root: '/mnt1',
        mountPoint: '/mnt 2',
        options: ['rw', 'noatime'],
        propagation: ['master:1', 'shared:7'],
        fsType: 'ext3',
        source: '/dev/root',
        superOptions: ['rw', 'lowerdir=/a\\:b', 'errors=continue'],
      },
    ]);
  });

  it('gives back whatever the kernel has escaped', () => {
    fc.assert(
      fc.property(fc.array(mountInfo), (infos) => {
        expect(parseMountInfo(infos.map((info) => `${print(info)}\n`).join(''))).toEqual(infos);
      }),
    );
  });

  it('steps around lines that are no such thing', () => {
    fc.assert(
      fc.property(fc.string(), mountInfo, (junk, info) => {
        fc.pre(!/ - | {2}/.test(junk));
        expect(parseMountInfo(`${junk}\n${print(info)}\n`).at(-1)).toEqual(info);
      }),
    );
  });

  it('of this process has the root', () => {
    expect(readMountInfo().map(({ mountPoint }) => mountPoint)).toContain('/');
  });
});

describe('within a folder', () => {
  it.each([
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a/b', '/a', false],
    ['/', '/a', true],
  ])('%s: %s is %s', (folder, inner, expected) => {
    expect(isWithin(folder, inner)).toBe(expected);
  });
});
