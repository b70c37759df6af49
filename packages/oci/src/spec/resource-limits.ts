import { InvalidArgumentError } from '@shiplog/core';
import type { LinuxResources } from './linux-resources.js';
import { unlimited } from './quantities.js';

/** What a task may use at most. What is absent stays as it is; -1 is no limit. */
export interface ResourceLimits {
  /** Bytes. */
  readonly memory?: number | undefined;
  /** CPUs: 0.5 is half the time of one. */
  readonly cpus?: number | undefined;
  /** Processes and threads. */
  readonly pidsLimit?: number | undefined;
}

/** Microseconds: the kernel's own default. */
const cpuPeriod = 100_000;

/** As many as the kernel can have in all (PID_MAX_LIMIT), since crun 1.8 writes a -1 down as it is. */
const mostPids = 4_194_304;

/** The limits in OCI's words; empty where there are none. */
export function linuxResources({ memory, cpus, pidsLimit }: ResourceLimits): LinuxResources {
  return {
    ...(memory !== undefined && { memory: { limit: checked('memory', memory) } }),
    ...(cpus !== undefined && {
      cpu: {
        quota: cpus === unlimited ? unlimited : checked('cpus', Math.round(cpus * cpuPeriod)),
        period: cpuPeriod,
      },
    }),
    ...(pidsLimit !== undefined && {
      pids: { limit: pidsLimit === unlimited ? mostPids : checked('pids limit', pidsLimit) },
    }),
  };
}

/** Exactly what an update changes. @throws InvalidArgumentError if that is nothing. */
export function updateResources(limits: ResourceLimits): LinuxResources {
  const resources = linuxResources(limits);
  if (Object.keys(resources).length === 0) {
    throw new InvalidArgumentError('nothing to update: give a limit of memory, cpus or pids');
  }
  return resources;
}

function checked(what: string, value: number): number {
  if (value === unlimited || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new InvalidArgumentError(`${what} must be a positive number, or -1 for no limit`);
}
