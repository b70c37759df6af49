import { join } from 'node:path';
import { definePlugin } from '@shiplog/core/plugin';
import { FailureMonitor } from './failure-monitor.ts';

/** Writes a line for each task that ended badly. */
export const plugin = definePlugin({
  id: 'io.containerd.failures.v1',
  type: 'task-monitor',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  init: ({ rootDir }) => new FailureMonitor(join(rootDir, 'failures.log')),
});

export { conformance } from './conformance.ts';
