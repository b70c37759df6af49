/** The rules as data, and what checks them without a test runner: `@shiplog/conformance/rules`. */
export { busyboxMissing, busyboxRootfs } from './busybox-rootfs.js';
export type { EventLogHarness } from './event-log-harness.js';
export { type EventLogSubject, eventLogSubject, eventLogSuite } from './event-log-suite.js';
export {
  type LogDriverHarness,
  type LogDriverSubject,
  logDriverSubject,
  logDriverSuite,
} from './log-driver-suite.js';
export type { MountHarness, MountSample } from './mount-harness.js';
export { type MountSubject, mountSubject, mountSuite } from './mount-suite.js';
export type { Chapter, Rule, Subject, Suite } from './rule.js';
export { type RuleResult, type RunSuiteOptions, runSuite } from './run-suite.js';
export type { ConformanceSpec, RuntimeHarness } from './runtime-harness.js';
export { type RuntimeSubject, runtimeSubject, runtimeSuite } from './runtime-suite.js';
export { type SinkHarness, type SinkSubject, sampleRecords, sinkSubject, sinkSuite } from './sink-suite.js';
export {
  type TaskMonitorHarness,
  type TaskMonitorSubject,
  taskMonitorSubject,
  taskMonitorSuite,
} from './task-monitor-suite.js';
