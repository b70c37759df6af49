import { InvalidArgumentError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import {
  linuxResources,
  mergeResources,
  type ResourceLimits,
  updateResources,
} from '../../src/spec/resource-limits.js';

const mib = 2 ** 20;
const resources = (limits: ResourceLimits) => linuxResources(limits, true);

describe('limits in the words of OCI', () => {
  it('has a member only for what is limited', () => {
    expect(resources({})).toEqual({});
    expect(resources({ memory: undefined, cgroupConf: {} })).toEqual({});
    expect(resources({ pidsLimit: 50 })).toEqual({ pids: { limit: 50 } });
  });

  it('gives memory as much swap again, unless something else is said, or swap is not counted', () => {
    expect(resources({ memory: 64 * mib })).toEqual({ memory: { limit: 64 * mib, swap: 128 * mib } });
    expect(resources({ memory: 64 * mib, memorySwap: -1 })).toEqual({ memory: { limit: 64 * mib, swap: -1 } });
    expect(resources({ memory: 64 * mib, memorySwap: 64 * mib })).toEqual({
      memory: { limit: 64 * mib, swap: 64 * mib },
    });
    expect(linuxResources({ memory: 64 * mib }, false)).toEqual({ memory: { limit: 64 * mib } });
  });

  it('gives CPUs as a quota in each period of 100 ms', () => {
    expect(resources({ cpus: 0.5 })).toEqual({ cpu: { quota: 50_000, period: 100_000 } });
    expect(resources({ cpus: 2 })).toEqual({ cpu: { quota: 200_000, period: 100_000 } });
    expect(resources({ cpus: 1 / 3 })).toEqual({ cpu: { quota: 33_333, period: 100_000 } });
  });

  it('lifts a limit with -1', () => {
    expect(resources({ memory: -1, cpus: -1, pidsLimit: -1, memoryReservation: -1 })).toEqual({
      memory: { limit: -1, swap: -1, reservation: -1 },
      cpu: { quota: 2 ** 34, period: 100_000 },
      pids: { limit: 4_194_304 },
    });
  });

  it('has every field that docker and podman have a flag for', () => {
    const device = { major: 8, minor: 0 };
    expect(
      resources({
        ...{ memorySwappiness: 10, oomKillDisable: true, cpuShares: 512, cpuQuota: 20_000, cpuPeriod: 50_000 },
        ...{ cpuRtRuntime: 1000, cpuRtPeriod: 100_000, cpusetCpus: '0-1', cpusetMems: '0', blkioWeight: 300 },
        blkioWeightDevice: [{ ...device, weight: 200 }],
        deviceReadBps: [{ ...device, rate: 1 }],
        deviceWriteBps: [{ ...device, rate: 2 }],
        deviceReadIops: [{ ...device, rate: 3 }],
        deviceWriteIops: [{ ...device, rate: 4 }],
        hugetlb: [{ pageSize: '2MB', limit: 4 * mib }],
        cgroupConf: { 'memory.high': '1' },
      }),
    ).toEqual({
      memory: { swappiness: 10, disableOOMKiller: true },
      cpu: {
        ...{ shares: 512, quota: 20_000, period: 50_000, cpus: '0-1', mems: '0' },
        ...{ realtimeRuntime: 1000, realtimePeriod: 100_000 },
      },
      blockIO: {
        weight: 300,
        weightDevice: [{ ...device, weight: 200 }],
        throttleReadBpsDevice: [{ ...device, rate: 1 }],
        throttleWriteBpsDevice: [{ ...device, rate: 2 }],
        throttleReadIOPSDevice: [{ ...device, rate: 3 }],
        throttleWriteIOPSDevice: [{ ...device, rate: 4 }],
      },
      hugepageLimits: [{ pageSize: '2MB', limit: 4 * mib }],
      unified: { 'memory.high': '1' },
    });
  });

  it.each<ResourceLimits>([
    { memory: 0 },
    { memory: Number.NaN },
    { memory: 1.5 },
    { cpus: 0 },
    { cpus: -2 },
    { pidsLimit: 2 ** 60 },
    { memorySwap: mib },
    { memory: 2 * mib, memorySwap: mib },
    { memory: mib, memoryReservation: 2 * mib },
    { cpus: 1, cpuQuota: 1000 },
    { cpus: 1, cpuPeriod: 1000 },
  ])('%j is refused', (limits) => {
    expect(() => resources(limits)).toThrow(InvalidArgumentError);
  });
});

describe('an update', () => {
  it('says what changes and nothing else', () => {
    expect(updateResources({ memory: 32 * mib }, {}, false)).toEqual({ memory: { limit: 32 * mib } });
  });

  it('has what was given as JSON, and flags win', () => {
    const given = { memory: { limit: mib, swappiness: 5 }, pids: { limit: 7 } };
    expect(updateResources({ memory: 2 * mib, cpuShares: 2 }, given, false)).toEqual({
      memory: { limit: 2 * mib, swappiness: 5 },
      cpu: { shares: 2 },
      pids: { limit: 7 },
    });
    expect(mergeResources({ pids: { limit: 1 } }, { pids: { limit: 2 } })).toEqual({ pids: { limit: 2 } });
  });

  it('must change something', () => {
    expect(() => updateResources({})).toThrow(/nothing to update: give a limit/);
    expect(() => updateResources({ memory: undefined })).toThrow(InvalidArgumentError);
  });
});
