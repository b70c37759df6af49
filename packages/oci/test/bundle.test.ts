import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  type Mount,
  marshalAny,
  NotFoundError,
  parseNamespace,
  parseTaskId,
  typeUrls,
} from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { completeSpec, parseProcess, parseResources, parseSpec } from '../src/bundle.js';
import { type TaskLayout, taskLayout } from '../src/layout.js';

const processOf = (change: object) => ({ args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 }, ...change });
const specOf = (change: object) => ({
  ociVersion: '1.0.2',
  process: processOf({}),
  root: { path: 'rootfs' },
  ...change,
});
const any = (value: unknown) => marshalAny(typeUrls.spec, value);

describe('a spec', () => {
  test('is kept as it was given, unknown members and large numbers too', () => {
    const rlimits = '[{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":0}]';
    const text = `{"ociVersion":"1.0.2","x":[1],"process":{"args":["sh"],"cwd":"/","rlimits":${rlimits}}}`;
    const spec = parseSpec({ typeUrl: typeUrls.spec, value: Buffer.from(text) });
    expect(JSON.stringify(spec)).toBe(text);
  });

  test.each([
    ['no process', { process: undefined }],
    ['no program', { process: processOf({ args: [] }) }],
    ['a program without a name', { process: processOf({ args: [''] }) }],
    ['a folder that is relative', { process: processOf({ cwd: 'home' }) }],
    ['a root without a path', { root: { path: '' } }],
    ['no version', { ociVersion: undefined }],
    ['a version to come', { ociVersion: '2.0.0' }],
    ['a terminal that is none', { process: processOf({ terminal: 'yes' }) }],
    ['mounts that lead nowhere', { mounts: [{}] }],
  ])('with %s is refused', (_name, change) => {
    expect(() => parseSpec(any(specOf(change)))).toThrow(InvalidArgumentError);
  });

  test('a variable that is none is refused without showing it', () => {
    const parse = () => parseSpec(any(specOf({ process: processOf({ env: ['A=1', 'hunter2'] }) })));
    expect(parse).toThrow(/process\.env\.1: must be NAME=VALUE/);
    expect(parse).not.toThrow(/hunter2/);
  });

  test('processes and resources are checked alike', () => {
    expect(parseProcess(marshalAny(typeUrls.process, processOf({})))).toEqual(processOf({}));
    expect(() => parseProcess(marshalAny(typeUrls.process, {}))).toThrow(InvalidArgumentError);
    expect(() => parseResources(marshalAny(typeUrls.linuxResources, 3))).toThrow(InvalidArgumentError);
    expect(() => parseResources(marshalAny(typeUrls.spec, {}))).toThrow(/expected a value of type/);
  });

  test.each<[string, object]>([
    ['memory', { memory: 'x' }],
    ['memory.limit', { memory: { limit: '64m' } }],
    ['memory.disableOOMKiller', { memory: { disableOOMKiller: 1 } }],
    ['cpu.shares', { cpu: { shares: -5 } }],
    ['cpu.cpus', { cpu: { cpus: 7 } }],
    ['pids.limit', { pids: { limit: 1.5 } }],
    ['blockIO.throttleReadBpsDevice.0.rate', { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0 }] } }],
    ['hugepageLimits.0.limit', { hugepageLimits: [{ pageSize: '2MB', limit: '1g' }] }],
    ['network.classID', { network: { classID: 'x' } }],
    ['rdma.mlx5_1.hcaHandles', { rdma: { mlx5_1: { hcaHandles: 'x' } } }],
    ['unified.memory.high', { unified: { 'memory.high': 1 } }],
  ])('%s of another type is refused, in an update and in a spec: a runtime may pass over it', (field, resources) => {
    expect(() => parseResources(marshalAny(typeUrls.linuxResources, resources))).toThrow(`${field}: `);
    expect(() => parseSpec(any(specOf({ linux: { resources } })))).toThrow(`linux.resources.${field}: `);
  });

  test('what Go writes for nothing is nothing', () => {
    const nothing = { memory: null, cpu: { quota: null }, hugepageLimits: null, unified: null, rdma: null };
    expect(parseResources(marshalAny(typeUrls.linuxResources, nothing))).toEqual(nothing);
  });
});

describe('a spec for the runtime', () => {
  let base: string;
  let layout: TaskLayout;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shiplog-bundle-'));
    layout = taskLayout({ stateDir: base, rootDir: base }, parseNamespace('default'), parseTaskId('web'));
    mkdirSync(layout.rootfs, { recursive: true });
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const onRoot = (...options: string[]) => [{ type: 'bind', source: '/lower', target: '', options }];
  const complete = (change: object, rootfs: readonly Mount[] = []) =>
    completeSpec({ layout, spec: parseSpec(any(specOf(change))), rootfs, cgroupsPath: '/shiplog/x' });

  test('has an absolute root: mounted, relative to the bundle, or as given', () => {
    expect(complete({ root: { path: '/elsewhere', readonly: true } }, onRoot('rbind')).root).toEqual({
      path: layout.rootfs,
      readonly: true,
    });
    expect(complete({ root: undefined }, onRoot('rbind')).root).toEqual({ path: layout.rootfs });
    expect(complete({}).root).toEqual({ path: layout.rootfs });
    expect(complete({ root: { path: base } }).root).toEqual({ path: base });
  });

  test('has a read-only root where its mount is read-only', () => {
    expect(complete({}, onRoot('rbind', 'ro')).root).toMatchObject({ readonly: true });
    expect(complete({}, onRoot('ro', 'rbind', 'rw')).root).toEqual({ path: layout.rootfs });
  });

  test('has a cgroup of our own unless it names one', () => {
    expect(complete({}).linux).toEqual({ cgroupsPath: '/shiplog/x' });
    expect(complete({ linux: { cgroupsPath: '/mine' } }).linux).toEqual({ cgroupsPath: '/mine' });
  });

  test('needs a root file system, which is a folder', () => {
    const file = join(base, 'file');
    writeFileSync(file, '');
    expect(() => complete({ root: { path: '/no/such' } })).toThrow(NotFoundError);
    expect(() => complete({ root: { path: '/no/such' } })).toThrow('/no/such');
    expect(() => complete({ root: { path: file } })).toThrow(FailedPreconditionError);
    expect(() => complete({ root: undefined })).toThrow(/root\.path is missing/);
  });
});
