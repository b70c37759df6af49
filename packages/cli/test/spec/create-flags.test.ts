import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Mount, typeUrls, unmarshalAny } from '@shiplog/core';
import type { OciSpec } from '@shiplog/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CreateFlags, createOptsOf } from '../../src/spec/create-flags.js';

let dir: string;
const alone = { stays: true, size: undefined, pidOf: () => undefined };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-flags-'));
  await mkdir(join(dir, 'rootfs'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function specOf(args: readonly string[], flags: CreateFlags): OciSpec {
  return unmarshalAny(createOptsOf('web', args, flags, alone).spec, typeUrls.spec) as OciSpec;
}

const bind: Mount = { type: 'bind', source: '/srv', target: '/data', options: ['rbind'] };

describe('a spec from --rootfs', () => {
  it('has what the flags say', () => {
    const spec = specOf(['ls', '-l'], {
      rootfs: dir,
      env: ['A=1', undefined],
      cwd: '/tmp',
      user: '7:8',
      memory: 64 * 2 ** 20,
      pidsLimit: 10,
      mount: [bind],
      readOnly: true,
    });
    expect(spec).toMatchObject({
      process: { args: ['ls', '-l'], cwd: '/tmp', user: { uid: 7, gid: 8 }, terminal: false },
      root: { path: dir, readonly: true },
      hostname: 'web',
      linux: { resources: { memory: { limit: 67108864 }, pids: { limit: 10 } } },
    });
    expect(spec.process?.env).toContain('A=1');
    expect(spec.mounts).toContainEqual(expect.objectContaining({ destination: '/data', source: '/srv' }));
  });

  it('takes a relative path as one from here', () => {
    expect(specOf(['ls'], { rootfs: relative(process.cwd(), dir) }).root?.path).toBe(dir);
  });

  it('leaves the output to the log, or sends it where it is told to', () => {
    expect(createOptsOf('web', ['ls'], { rootfs: dir }, alone).io).toEqual({ terminal: false });
    const logUri = 'binary:///bin/logger?tag=web';
    expect(createOptsOf('web', ['ls'], { rootfs: dir, logUri }, alone).io).toEqual({ stdout: logUri });
  });

  it('needs a program', () => {
    expect(() => specOf([], { rootfs: dir })).toThrow('there is no program to run');
  });
});

describe('the root file system', () => {
  const overlay: Mount = { type: 'overlay', source: 'overlay', target: '/', options: ['lowerdir=/a:/b'] };

  it('may be made by a mount on /', () => {
    const { rootfs, spec } = createOptsOf('web', ['ls'], { mount: [overlay, bind] }, alone);
    expect(rootfs).toEqual([{ ...overlay, target: '' }]);
    expect((unmarshalAny(spec, typeUrls.spec) as OciSpec).root?.path).toBe('rootfs');
  });

  it.each<[string, CreateFlags, string]>([
    ['missing', {}, 'there is no root file system: give --rootfs DIR'],
    ['given twice', { rootfs: '/a', mount: [overlay] }, 'the root file system is given twice'],
  ])('must not be %s', (_, flags, message) => {
    expect(() => createOptsOf('web', ['ls'], flags, alone)).toThrow(message);
  });
});

describe('a spec from --bundle', () => {
  const bundle = {
    ociVersion: '1.0.2',
    process: { args: ['httpd'], cwd: '/', env: ['A=1', 'B=2'], user: { uid: 1, gid: 1 }, terminal: true },
    root: { path: 'rootfs' },
    mounts: [
      { destination: '/data', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/proc', type: 'proc' },
    ],
    annotations: { 'org.example': 'kept' },
    linux: { namespaces: [{ type: 'pid' }], resources: { memory: { swap: -1 }, devices: [{ allow: false }] } },
  };

  beforeEach(() => writeFile(join(dir, 'config.json'), JSON.stringify(bundle)));

  it('stays as it is, but for a root that is absolute, and a terminal that nobody asked for', () => {
    expect(specOf([], { bundle: dir })).toEqual({
      ...bundle,
      process: { ...bundle.process, terminal: false },
      root: { path: join(dir, 'rootfs') },
    });
  });

  it('is changed where the command line says otherwise', () => {
    const spec = specOf(['ls'], {
      bundle: dir,
      env: ['B=3'],
      cwd: '/tmp',
      user: '5:6',
      mount: [bind],
      memory: 1024,
      cpus: 0.5,
      readOnly: true,
    });
    expect(spec.process).toEqual({
      args: ['ls'],
      cwd: '/tmp',
      env: ['A=1', 'B=3'],
      user: { uid: 5, gid: 6 },
      terminal: false,
    });
    expect(spec.root?.readonly).toBe(true);
    expect(spec.mounts).toEqual([
      { destination: '/proc', type: 'proc' },
      { destination: '/data', type: 'bind', source: '/srv', options: ['rbind', 'rprivate'] },
    ]);
    expect(spec.linux).toEqual({
      namespaces: [{ type: 'pid' }],
      resources: {
        memory: { swap: -1, limit: 1024 },
        cpu: { quota: 50_000, period: 100_000 },
        devices: [{ allow: false }],
      },
    });
    expect(spec.annotations).toEqual(bundle.annotations);
  });
});
