/**
 * What a plugin is written against: `@shiplog/core/plugin`. It is the plugin API whose version a manifest names, and it
 * loads neither the log nor the registry.
 */
export type { LogRecord, Position } from './event-log/event-log.js';
export { type ActorInput, abortError, type CallContext, namespaceOf, signalOf } from './kernel/call-context.js';
export { parseTimestamp, SystemClock, type Timestamp, timestampFromNanos, timestampToNanos } from './kernel/clock.js';
export {
  AlreadyExistsError,
  CancelledError,
  DeadlineExceededError,
  type ErrorCode,
  type ErrorDetails,
  errorCodeOf,
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
  isShiplogError,
  NotFoundError,
  NotImplementedError,
  ShiplogError,
  type ShiplogErrorOptions,
  UnavailableError,
} from './kernel/errors.js';
export { defaultNamespace, type Namespace, parseExecId, parseNamespace, parseTaskId } from './kernel/identifiers.js';
export { type ProcessIdentity, ProcFsProcessTable, readStartTime } from './kernel/process-identity.js';
export { marshalAny, type TypedAny, type TypeUrl, typeUrls, unmarshalAny } from './kernel/typed-any.js';
export { isRemount, type Mount, type MountHandler, type Unmounted } from './mount/mount.js';
export { type MountInfo, readMountInfo } from './mount/mountinfo.js';
export {
  type ConfigIssue,
  type ConfigResult,
  type ConfigSchema,
  definePlugin,
  type PluginContext,
  type PluginInstances,
  type PluginManifest,
  type PluginType,
  pluginApiVersion,
  type RuntimeCapability,
  runtimeCapabilities,
  SkipPlugin,
} from './plugin/manifest.js';
export { type Attachment, type AttachOpts, attachedStdin, type OutputChunk } from './runtime/attachment.js';
export type { Delivery, EventSink } from './runtime/event-sink.js';
export type { HealthFinding, HealthKind } from './runtime/health.js';
export type { LogDriver, LoggedProcess } from './runtime/log-driver.js';
export type {
  ConsoleSize,
  CreateOpts,
  ExecOpts,
  ExecProcess,
  Exit,
  KillOpts,
  PlatformRuntime,
  Process,
  ProcessInfo,
  ProcessState,
  Task,
  TasksOpts,
} from './runtime/platform-runtime.js';
export type { TaskMonitor } from './runtime/task-monitor.js';
export type { Trace, TraceKind, TraceOpts } from './runtime/traces.js';
export { type Certainty, type Stdio, unknownExitStatus } from './task/events.js';
export type { Status } from './task/state.js';
export { ExecNotFoundError, ProcessFinishedError, TaskNotFoundError } from './task/task-errors.js';
