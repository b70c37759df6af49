import { readFileSync } from 'node:fs';
import { hasUnifiedCgroups } from '../cgroup.js';

/** What a default spec needs to know of the host. */
export interface HostFacts {
  /** The hard limit of open files of this process: without CAP_SYS_RESOURCE nothing below it gets more. */
  readonly openFiles: number;
  /** Whether /sys/fs/cgroup is cgroup v2 alone. */
  readonly unifiedCgroups: boolean;
}

export function readHostFacts(): HostFacts {
  return { openFiles: openFilesLimit(), unifiedCgroups: hasUnifiedCgroups() };
}

function openFilesLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
}
