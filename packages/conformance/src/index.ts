export { busyboxMissing, busyboxRootfs } from './busybox-rootfs.js';
export { type EventLogConformance, eventLogConformance } from './event-log-conformance.js';
export type { EventLogHarness } from './event-log-harness.js';
export { type RuntimeConformance, runtimeConformance } from './runtime-conformance.js';
export type { ConformanceSpec, RuntimeHarness } from './runtime-harness.js';
