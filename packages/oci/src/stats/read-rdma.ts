import type { CgroupFile } from './cgroup-file.js';
import { pairsOf } from './cgroup-file.js';
import type { RdmaEntry, RdmaMetrics } from './metrics.js';

/** The same files in both versions. */
export function readRdma(files: CgroupFile): RdmaMetrics | undefined {
  const [current, limit] = ['rdma.current', 'rdma.max'].map((name) => files.lines(name)?.map(rdmaEntry));
  return current && { current, limit: limit ?? [] };
}

/** `mlx5_1 hca_handle=2 hca_object=max`. */
function rdmaEntry([device = '', ...fields]: readonly string[]): RdmaEntry {
  const values = pairsOf(fields);
  const [hcaHandles, hcaObjects] = [values.get('hca_handle'), values.get('hca_object')];
  return { device, ...(hcaHandles !== undefined && { hcaHandles }), ...(hcaObjects !== undefined && { hcaObjects }) };
}
