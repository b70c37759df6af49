import { existsSync, readFileSync } from 'node:fs';
import { hasUnifiedCgroups } from '../cgroup.js';
import { readIfThere } from '../small-file.js';
import { capabilityNames } from './capabilities.js';
import { type Mappings, rootlessMappings } from './rootless-mappings.js';

/** What a default spec needs to know of the host. */
export interface HostFacts {
  /** The hard limit of open files of this process: without CAP_SYS_RESOURCE nothing below it gets more. */
  readonly openFiles: number;
  /** Whether /sys/fs/cgroup is cgroup v2 alone. */
  readonly unifiedCgroups: boolean;
  /** What this process can give: names as `CAP_KILL`. */
  readonly capabilities: readonly string[];
  /** For a process that is not root: the IDs that its containers can have. */
  readonly rootless?: Mappings;
}

export function readHostFacts(): HostFacts {
  const rootless = process.geteuid?.() === 0 ? undefined : rootlessMappings();
  return {
    openFiles: openFilesLimit(),
    unifiedCgroups: hasUnifiedCgroups(),
    // Whoever makes a user namespace has all of them in it.
    capabilities: rootless ? kernelCapabilities() : ownCapabilities(),
    ...(rootless && { rootless }),
  };
}

function openFilesLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
}

function ownCapabilities(status = readFileSync('/proc/self/status', 'latin1')): readonly string[] {
  const permitted = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return capabilityNames.filter((_, number) => ((permitted >> BigInt(number)) & 1n) === 1n);
}

function kernelCapabilities(): readonly string[] {
  const last = Number(readIfThere('/proc/sys/kernel/cap_last_cap') ?? capabilityNames.length - 1);
  return capabilityNames.slice(0, last + 1);
}

export function hasAppArmor(): boolean {
  return readIfThere('/sys/module/apparmor/parameters/enabled')?.trim() === 'Y';
}

export function hasSelinux(): boolean {
  return existsSync('/sys/fs/selinux/enforce');
}
