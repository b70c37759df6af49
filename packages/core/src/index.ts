export type { Archived, ArchiveStep } from './audit/archive.js';
export type { BackedUp, BackupOptions } from './audit/backup.js';
export {
  type Checkpoint,
  formatCheckpoint,
  logNameOf,
  parseCheckpoint,
  type SignedCheckpoint,
} from './audit/checkpoint-text.js';
export { addSignatures, makeCheckpoint } from './audit/checkpoints.js';
export { type Finding, type FindingKind, findingKinds } from './audit/finding.js';
export { type LogEventPayloads, type LogTopic, logEventVersions, logTopics } from './audit/log-topics.js';
export {
  formatVerifierKey,
  parseVerifierKey,
  signersOf,
  signText,
  type VerifierKey,
  verifierKeyOf,
} from './audit/note-key.js';
export {
  beginsWithCheckpoint,
  type ConsistencyProof,
  fitsCheckpoint,
  type InclusionProof,
  type LogProof,
  parseProof,
  proveConsistency,
  proveInclusion,
  verifyProof,
} from './audit/proofs.js';
export { formatNote, mergeSignatures, type NoteSignature, parseNote, type SignedNote } from './audit/signed-note.js';
export { ensureSigningKey, readSigningKey, signingKeyFile } from './audit/signing-key.js';
export { type BrokenFile, verifyFolder } from './audit/verify-folder.js';
export { type ArchiveVerification, type LogVerification, type VerifyOptions, verifyLog } from './audit/verify-log.js';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './diagnose.js';
export type { Cursor, CursorChange, CursorFailure, CursorHolder, CursorStore } from './event-log/cursor-store.js';
export type { DeliverOptions, DeliveryFailure, FailureDecision, RecordHandler } from './event-log/deliver.js';
export type {
  Actor,
  Append,
  Appended,
  Damage,
  EventLog,
  ExpectedVersion,
  LogRecord,
  NewRecord,
  Place,
  Position,
  ReadOptions,
  ReadStreamOptions,
  RecordedEvent,
  StoredCheckpoint,
  StoredLog,
  StoredRecord,
  StreamEntry,
  StreamId,
  SubscribeOptions,
} from './event-log/event-log.js';
export { ExpectedVersionError } from './event-log/expected-version-error.js';
export { LmdbEventLog, type LmdbEventLogOptions } from './event-log/lmdb-event-log.js';
export {
  archivesFolder,
  assertNotArchived,
  type Cut,
  type LogBase,
  RecordsArchivedError,
  type Segment,
} from './event-log/log-base.js';
export { MemoryEventLog, type MemoryEventLogOptions } from './event-log/memory-event-log.js';
export type { NamedSubscription, NamedSubscriptionOptions } from './event-log/named-subscription.js';
export type { Projection, ProjectionStore } from './event-log/projection.js';
export {
  PayloadShreddedError,
  type ShreddedPayload,
  type Shredding,
  shreddingsOf,
  shredTopics,
  systemStream,
} from './event-log/shredding.js';
export type { Snapshot, SnapshotStore } from './event-log/snapshot-store.js';
export { ProjectionError } from './event-log/staged-projections.js';
export {
  type OpenSubscriptionOptions,
  type SubscriptionStatus,
  Subscriptions,
  type SubscriptionsOptions,
} from './event-log/subscriptions.js';
export type { FeedOptions } from './feeds.js';
export {
  type ActorInput,
  abortError,
  type CallContext,
  namespaceOf,
  type Receipt,
  signalOf,
} from './kernel/call-context.js';
export {
  type Clock,
  parseTimestamp,
  SystemClock,
  type Timestamp,
  timestampFromNanos,
  timestampToNanos,
} from './kernel/clock.js';
export {
  AlreadyExistsError,
  CancelledError,
  DeadlineExceededError,
  type ErrorCode,
  type ErrorDetails,
  errorCodeOf,
  errorCodes,
  errorFromCode,
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
export { exactNumber, isExactNumber, parseExactJson } from './kernel/exact-json.js';
export {
  defaultNamespace,
  type ExecId,
  type Namespace,
  parseExecId,
  parseNamespace,
  parseRuntimeId,
  parseSha256,
  parseSubscriptionName,
  parseTaskId,
  type RuntimeId,
  type Sha256,
  type SubscriptionName,
  type TaskId,
} from './kernel/identifiers.js';
export { findOpenPart, type OpenPart } from './kernel/open-part.js';
export { assertPayloadLimits, maxPayloadBytes } from './kernel/payload-limits.js';
export {
  type ProcessIdentity,
  type ProcessTable,
  ProcFsProcessTable,
  readStartTime,
} from './kernel/process-identity.js';
export { assertNoLink, makeFolders, storageProblem, syncPath } from './kernel/storage.js';
export { marshalAny, sha256Of, type TypedAny, type TypeUrl, typeUrls, unmarshalAny } from './kernel/typed-any.js';
export { emptyRoot, leafHash, nodeHash } from './merkle/hash.js';
export { consistencyProof, inclusionProof, multiProof, rootOf, type StoredHashes } from './merkle/tree.js';
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from './merkle/verify.js';
export { isRemount, type Mount, type MountHandler, type Unmounted } from './mount/mount.js';
export { type Deactivated, MountManager, type MountManagerOptions } from './mount/mount-manager.js';
export type { MountOnHost, MountStatus } from './mount/mount-status.js';
export { type MountInfo, readMountInfo } from './mount/mountinfo.js';
export {
  type ConfigIssue,
  type ConfigResult,
  type ConfigSchema,
  definePlugin,
  type Note,
  type PluginContext,
  type PluginInstances,
  type PluginManifest,
  type PluginType,
  pluginApiVersion,
  type RuntimeCapability,
  runtimeCapabilities,
  SkipPlugin,
} from './plugin/manifest.js';
export { type PluginEventPayloads, type PluginTopic, pluginTopics } from './plugin/plugin-events.js';
export type { OnFailure, PluginReport, PluginStatus, RefusedPlugin } from './plugin/plugin-report.js';
export { type DisposalFailure, PluginRegistry, type PluginRegistryOptions } from './plugin/registry.js';
export { type AsOf, type AsOfOptions, asOf, type MountsAsOf, type Point } from './projections/as-of.js';
export { compareHistories, type HistoryRow, type HistoryStep, stepsOf } from './projections/compare-histories.js';
export type { PastExec, PastTask } from './projections/past-tasks.js';
export {
  type Replayed,
  type ReplayOptions,
  replay,
  type Verification,
  verifyProjection,
} from './projections/replay.js';
export {
  type FactChange,
  type FactValue,
  type MountChange,
  type StateChanges,
  stateChanges,
  type TaskChange,
} from './projections/state-changes.js';
export type { Difference, MarkFault } from './projections/state-check.js';
export {
  liveStreams,
  type StreamState,
  storedStates,
  taskKey,
  taskProjection,
  tryDecodeState,
  type VersionedState,
} from './projections/task-projection.js';
export { type Attachment, type AttachOpts, attachedStdin, type OutputChunk } from './runtime/attachment.js';
export { type CheckpointedTask, readCheckpoint, restoreOpts } from './runtime/checkpoint-folder.js';
export type { Delivery, EventSink } from './runtime/event-sink.js';
export { type HealthFinding, type HealthKind, healthKinds } from './runtime/health.js';
export type { LiveEvents } from './runtime/live-events.js';
export type { LogDriver, LoggedProcess } from './runtime/log-driver.js';
export { ManagedExec } from './runtime/managed-exec.js';
export { ManagedTask } from './runtime/managed-task.js';
export { shownBytes } from './runtime/payload.js';
export type {
  ConsoleSize,
  CreateOpts,
  DrivenRuntimes,
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
export type { RecoverOpts } from './runtime/recover.js';
export { referencesOf, secretsType } from './runtime/references.js';
export { type Rehearsal, type RehearsalOptions, type RehearsedTask, rehearse } from './runtime/rehearse.js';
export { scratchOption } from './runtime/rootfs.js';
export { secretMask, secretsAnnotation } from './runtime/secrets.js';
export type { Shredded, ShredOpts, ShredTarget } from './runtime/shred.js';
export type { SwapOpts } from './runtime/swap-task.js';
export { TaskManager, type TaskMounts, taskManagerId } from './runtime/task-manager.js';
export type { TaskMonitor } from './runtime/task-monitor.js';
export type { RuntimeScope } from './runtime/task-scope.js';
export type { Trace, TraceKind, TraceOpts } from './runtime/traces.js';
export { defaultRoot, defaultStateDir, openShiplog, type Shiplog, type ShiplogOptions } from './shiplog.js';
export {
  type BlobRef,
  type Certainty,
  containerdTopics,
  type ExitRecord,
  eventVersions,
  type Stdio,
  type TaskEvent,
  type TaskEventOf,
  type TaskTopic,
  taskTopics,
  unknownExitStatus,
} from './task/events.js';
export type { MountSet, Status, TaskState } from './task/state.js';
export {
  ExecNotFoundError,
  ProcessFinishedError,
  TaskNotFoundError,
  TaskTransitionError,
} from './task/task-errors.js';
