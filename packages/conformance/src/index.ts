/** The rules as tests of vitest: one call in an author's own suite. What runs without it is in `./rules.js`. */
export { busyboxMissing, busyboxRootfs } from './busybox-rootfs.js';
export { type EventLogConformance, eventLogConformance } from './event-log-conformance.js';
export type { EventLogHarness } from './event-log-harness.js';
export { type LogDriverConformance, logDriverConformance } from './log-driver-conformance.js';
export type { LogDriverHarness } from './log-driver-suite.js';
export { type MountConformance, mountConformance } from './mount-conformance.js';
export type { MountHarness, MountSample } from './mount-harness.js';
export { type RuntimeConformance, runtimeConformance } from './runtime-conformance.js';
export type { ConformanceSpec, RuntimeHarness } from './runtime-harness.js';
export { type SinkConformance, sinkConformance } from './sink-conformance.js';
export type { SinkHarness } from './sink-suite.js';
export { type TaskMonitorConformance, taskMonitorConformance } from './task-monitor-conformance.js';
export type { TaskMonitorHarness } from './task-monitor-suite.js';
