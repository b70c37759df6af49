import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBundleSpec } from '../../src/spec/bundle-spec.js';

const least = { ociVersion: '1.0.2', process: { args: ['sh'], cwd: '/' }, root: { path: 'rootfs' } };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-bundle-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (config: unknown) =>
  writeFileSync(join(dir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));

describe('the spec of a bundle', () => {
  it('has an absolute root', () => {
    write(least);
    expect(loadBundleSpec(dir).root?.path).toBe(join(dir, 'rootfs'));
    expect(loadBundleSpec(relative(process.cwd(), dir)).root?.path).toBe(join(dir, 'rootfs'));
  });

  it('may have its root elsewhere', () => {
    write({ ...least, root: { path: '/srv/root', readonly: true } });
    expect(loadBundleSpec(dir).root).toEqual({ path: '/srv/root', readonly: true });
  });

  it('is else as it was written, with fields that nobody here knows', () => {
    const config = {
      ...least,
      vm: { kernel: { path: '/vmlinuz' } },
      process: { ...least.process, novel: [1, { a: null }] },
      linux: { novel: true, seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } },
    };
    write(config);
    expect(loadBundleSpec(dir)).toEqual({ ...config, root: { path: join(dir, 'rootfs') } });
  });

  it('keeps whole numbers that JavaScript cannot hold', () => {
    const rlimits = '[{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":9223372036854775807}]';
    write(
      JSON.stringify({ ...least, process: { ...least.process, rlimits: 0 } }).replace(
        '"rlimits":0',
        `"rlimits":${rlimits}`,
      ),
    );
    expect(JSON.stringify(loadBundleSpec(dir))).toContain(rlimits);
  });
});

describe('a bundle that cannot be run', () => {
  it('without config.json is not found', () => {
    expect(() => loadBundleSpec(dir)).toThrow(NotFoundError);
    expect(() => loadBundleSpec(dir)).toThrow(`${dir}/config.json does not exist: give a bundle`);
  });

  it.each([
    ['', /config\.json is not valid JSON/],
    ['{"ociVersion": "1.0.2",', /config\.json is not valid JSON/],
    ['[]', /config\.json is not a spec/],
    ['null', /config\.json is not a spec/],
    [{ ...least, ociVersion: undefined }, /ociVersion: /],
    [{ ...least, ociVersion: '2.0.0' }, /ociVersion: must be a version 1\.x/],
    [{ ...least, process: undefined }, /process: /],
    [{ ...least, process: { args: [], cwd: '/' } }, /process\.args: must name a program/],
    [{ ...least, process: { args: 'sh', cwd: '/' } }, /process\.args: /],
    [{ ...least, process: { args: ['sh'], cwd: 'srv' } }, /process\.cwd: must be an absolute path/],
    [{ ...least, process: { args: ['sh'], cwd: '/', env: ['A=1', 2] } }, /process\.env\.1: /],
    [{ ...least, process: { args: ['sh'], cwd: '/', env: ['A'] } }, /process\.env\.0: must be NAME=VALUE/],
    [{ ...least, root: undefined }, /root: /],
    [{ ...least, root: {} }, /root\.path: /],
    [{ ...least, root: { path: '' } }, /root\.path: must not be empty/],
    [{ ...least, linux: { cgroupsPath: 7 } }, /linux\.cgroupsPath: /],
    [{ ...least, process: { ...least.process, user: { uid: -1 } } }, /process\.user\.uid: must be a whole number/],
    [{ ...least, process: { ...least.process, capabilities: { bounding: ['KILL'] } } }, /capabilities\.bounding\.0: /],
    [{ ...least, process: { ...least.process, rlimits: [{ type: 'RLIMIT_AS', hard: 1 }] } }, /rlimits\.0\.soft: /],
    [{ ...least, mounts: [{ destination: '/a', options: 'ro' }] }, /mounts\.0\.options: /],
    [{ ...least, hooks: { prestart: [{ path: 'true' }] } }, /hooks\.prestart\.0\.path: must be an absolute path/],
    [{ ...least, linux: { namespaces: [{ type: 'net' }] } }, /linux\.namespaces\.0\.type: /],
    [{ ...least, linux: { uidMappings: [{ containerID: 0 }] } }, /linux\.uidMappings\.0\.hostID: /],
    [{ ...least, linux: { seccomp: { defaultAction: 'ALLOW' } } }, /linux\.seccomp\.defaultAction: /],
    [{ ...least, linux: { devices: [{ type: 'c', path: 'fuse' }] } }, /linux\.devices\.0\.path: /],
  ])('%j: the error names the file and the field', (config, message) => {
    write(config);
    expect(() => loadBundleSpec(dir)).toThrow(InvalidArgumentError);
    expect(() => loadBundleSpec(dir)).toThrow(message);
    expect(() => loadBundleSpec(dir)).toThrow(dir);
  });

  it('in another encoding than UTF-8 is no JSON', () => {
    writeFileSync(join(dir, 'config.json'), Buffer.from([0xff, 0xfe, 0x7b, 0x00]));
    expect(() => loadBundleSpec(dir)).toThrow(/is not valid JSON/);
  });

  it('with a folder for a config.json says so', () => {
    expect(() => loadBundleSpec('/proc/self/mem')).toThrow(InvalidArgumentError);
  });
});
