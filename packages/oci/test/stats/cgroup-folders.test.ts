import { describe, expect, test } from 'vitest';
import { cgroupFoldersOf } from '../../src/stats/cgroup-folders.js';
import { type CgroupMount, CgroupPicture, pid } from './cgroup-picture.js';

const memory: CgroupMount = { type: 'cgroup', options: ['memory'], point: 'cg/memory' };
const cpu: CgroupMount = { type: 'cgroup', options: ['cpu', 'cpuacct'], point: 'cg/cpu' };
const unified: CgroupMount = { type: 'cgroup2', point: 'cg' };

function foldersOf(mounts: readonly CgroupMount[], cgroup: string, own: string | null = null) {
  using picture = new CgroupPicture(mounts, cgroup);
  const found = cgroupFoldersOf(pid, own, picture.host);
  const base = picture.path('.');
  const short = (path: string | undefined) => path?.slice(base.length + 1);
  return (
    found && {
      version: found.version,
      v1: Object.fromEntries([...found.v1].map(([name, path]) => [name, short(path)])),
      unified: short(found.unified),
    }
  );
}

describe('the cgroups of a process', () => {
  test('are in one tree in v2', () => {
    expect(foldersOf([unified], '0::/shiplog/web\n')).toEqual({ version: 'v2', v1: {}, unified: 'cg/shiplog/web' });
  });

  test('are in a hierarchy for each controller, or for several, in v1', () => {
    const cgroup = '4:memory:/shiplog/web\n2:cpu,cpuacct:/shiplog/web\n1:name=systemd:/init\n';
    expect(foldersOf([memory, cpu], cgroup)).toEqual({
      version: 'v1',
      v1: { memory: 'cg/memory/shiplog/web', cpu: 'cg/cpu/shiplog/web', cpuacct: 'cg/cpu/shiplog/web' },
      unified: undefined,
    });
  });

  test('are in both on a hybrid host', () => {
    const found = foldersOf([memory, { ...unified, point: 'cg/unified' }], '4:memory:/web\n0::/web\n');
    expect(found).toEqual({ version: 'v1', v1: { memory: 'cg/memory/web' }, unified: 'cg/unified/web' });
  });

  test('are those of v2 where v1 is mounted nowhere', () => {
    const found = foldersOf([unified], '4:memory:/web\n0::/web\n');
    expect(found).toMatchObject({ version: 'v2', unified: 'cg/web' });
  });

  test.each([
    ['a mount shows a part of the hierarchy', '/docker/1', '/docker/1/shiplog/web'],
    ['both paths are relative to a private namespace', '/..', '/../shiplog/web'],
  ])('are found where %s', (_, root, path) => {
    const found = foldersOf([{ ...memory, root }], `4:memory:${path}\n`);
    expect(found?.v1).toEqual({ memory: 'cg/memory/shiplog/web' });
  });

  test.each([
    ['/docker/1', '/elsewhere/web'],
    ['/docker/1', '/docker/12/web'],
    ['/', '/../web'],
  ])('are not there where a mount of %s does not show %s', (root, path) => {
    expect(foldersOf([{ ...memory, root }], `4:memory:${path}\n`)?.v1).toEqual({});
  });

  test("are the task's own, where its process went into one below", () => {
    const found = foldersOf([unified], '0::/shiplog/default--web--12/init.scope\n', '/shiplog/default--web--12');
    expect(found?.unified).toBe('cg/shiplog/default--web--12');
    const other = foldersOf([unified], '0::/shiplog/default--web--123\n', '/shiplog/default--web--12');
    expect(other?.unified).toBe('cg/shiplog/default--web--123');
  });

  test('are none once it is gone', () => {
    using picture = new CgroupPicture([unified], '0::/\n');
    expect(cgroupFoldersOf(pid + 1, null, picture.host)).toBeUndefined();
  });
});
