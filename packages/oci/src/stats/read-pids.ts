import type { CgroupFile } from './cgroup-file.js';
import type { PidsMetrics } from './metrics.js';

/** The same files in both versions. */
export function readPids(files: CgroupFile): PidsMetrics | undefined {
  const current = files.number('pids.current');
  const limit = files.limit('pids.max');
  return current === undefined ? undefined : { current, ...(limit !== undefined && { limit }) };
}
