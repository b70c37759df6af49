import { InvalidArgumentError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { linuxResources, updateResources } from '../../src/spec/resource-limits.js';

describe('limits in the words of OCI', () => {
  it('has a member only for what is limited', () => {
    expect(linuxResources({})).toEqual({});
    expect(linuxResources({ memory: 67_108_864 })).toEqual({ memory: { limit: 67_108_864 } });
    expect(linuxResources({ pidsLimit: 50 })).toEqual({ pids: { limit: 50 } });
  });

  it('gives CPUs as a quota in each period of 100 ms', () => {
    expect(linuxResources({ cpus: 0.5 })).toEqual({ cpu: { quota: 50_000, period: 100_000 } });
    expect(linuxResources({ cpus: 2 })).toEqual({ cpu: { quota: 200_000, period: 100_000 } });
    expect(linuxResources({ cpus: 1 / 3 })).toEqual({ cpu: { quota: 33_333, period: 100_000 } });
  });

  it('lifts a limit with -1', () => {
    expect(linuxResources({ memory: -1, cpus: -1, pidsLimit: -1 })).toEqual({
      memory: { limit: -1 },
      cpu: { quota: -1, period: 100_000 },
      pids: { limit: 4_194_304 },
    });
  });

  it.each([{ memory: 0 }, { memory: Number.NaN }, { memory: 1.5 }, { cpus: 0 }, { cpus: -2 }, { pidsLimit: 2 ** 60 }])(
    '%j is refused',
    (limits) => {
      expect(() => linuxResources(limits)).toThrow(InvalidArgumentError);
    },
  );
});

describe('an update', () => {
  it('says what changes and nothing else', () => {
    expect(updateResources({ memory: 33_554_432 })).toEqual({ memory: { limit: 33_554_432 } });
  });

  it('must change something', () => {
    expect(() => updateResources({})).toThrow(/give a limit of memory, cpus or pids/);
    expect(() => updateResources({ memory: undefined })).toThrow(InvalidArgumentError);
  });
});
