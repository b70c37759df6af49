import { marshalAny, type TypedAny } from '@shiplog/core';
import { type CgroupHost, cgroupFoldersOf, thisHost } from './cgroup-folders.js';
import { metricsTypes } from './metrics.js';
import { readNetwork } from './read-network.js';
import { readV1 } from './read-v1.js';
import { readV2 } from './read-v2.js';

/**
 * What the kernel counts of a task, by the files of its cgroup: no program is started. undefined once the process is
 * gone.
 *
 * @param pid of its first process
 * @param own the cgroup that was made for it; null if its spec names one
 */
export function readMetrics(pid: number, own: string | null, host: CgroupHost = thisHost): TypedAny | undefined {
  const folders = cgroupFoldersOf(pid, own, host);
  if (!folders) return undefined;
  const { version, unified } = folders;
  const metrics = version === 'v2' && unified !== undefined ? readV2(unified) : readV1(folders);
  const network = readNetwork(pid, host.proc);
  return marshalAny(metricsTypes[version], { ...metrics, ...(network && { network }) });
}
