import { expect, it } from 'vitest';
import { parseRootfsFlag } from '../../src/spec/rootfs-flag.js';

it('a folder is itself', () => {
  expect(parseRootfsFlag('/srv/root')).toEqual({ folder: '/srv/root', mounts: [] });
  expect(parseRootfsFlag('root').folder).toBe(`${process.cwd()}/root`);
});

it('of no name is refused, and is not the working directory', () => {
  expect(() => parseRootfsFlag(':O')).toThrow('names no folder: write --rootfs DIR:O');
});

it('with :O it is seen through an overlay, whatever its name', () => {
  expect(parseRootfsFlag('/srv/a:b\\c,d:O')).toEqual({
    folder: '/srv/a:b\\c,d',
    mounts: [
      { type: 'overlay', source: 'overlay', target: '', options: ['lowerdir=/srv/a\\:b\\\\c,d', 'X-shiplog.scratch'] },
    ],
  });
});
