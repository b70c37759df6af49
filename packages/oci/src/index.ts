// For backends of another kind, which keep bundles, stdio and output as the OCI ones do.
export { type AttachTarget, attachTo, closeInput } from './attach.js';
export type { Backend } from './backend.js';
export { completeSpec, parseProcess, parseResources, parseResourcesText, parseSpec, writeSecret } from './bundle.js';
export { mayMakeCgroups, ownCgroup, ownCgroupFolders, processIn, removeCgroup } from './cgroup.js';
export { checkpointOptionsOf, type OciCheckpointOptions, ociCheckpointOptionsType } from './checkpoint-options.js';
export { claimFolder, isDraft, removeFolder, sweepRemoved } from './claim.js';
export { type CriRecord, type CriStream, timestampOf } from './cri-log.js';
export { CriuProbe } from './criu.js';
export { isOomKilled, waitForOom } from './exit.js';
export { findProgram } from './find-program.js';
export { findTail, type Tail, type TailOptions } from './find-tail.js';
export { argumentsOf, findProcesses, identityOf, isAlive, killQuietly, ourselves } from './host-process.js';
export { identifiersIn, namesBelow } from './identifiers-in.js';
export { beginImages, discardImages, draftOf, finishImages, outsideFoldersOf } from './images.js';
export { execFolder, type Folders, monitorFiles, type ProcessFolder, type TaskLayout, taskLayout } from './layout.js';
export { waitsAtFifo } from './liveness.js';
export { runtimeError, unknownFailure } from './oci-error.js';
export { OciRuntime } from './oci-runtime.js';
export { type OciOptions, type OciPluginConfig, ociOptionsType, ociPluginConfig, optionsOf } from './options.js';
export { endKeeper, type KeptStdio, keepOutput, outputKept } from './output-keeper.js';
export { openFifo } from './pipe.js';
export { openOciRuntime } from './plugin.js';
export { type ProcessDetails, readProcessDetails } from './process-details.js';
export type { OciRuntimeProfile } from './profile.js';
export { DamagedRecordError } from './record.js';
export {
  type Command,
  type CommandOutcome,
  type Companion,
  type RunOptions,
  runCommand,
  startCompanion,
} from './run.js';
export { assertSignal } from './signals.js';
export { namesIn, readIfThere, replaceFile, storageError } from './small-file.js';
export { type BuiltSpec, buildSpec, type SpecOptions } from './spec/build-spec.js';
export { loadBundleSpec } from './spec/bundle-spec.js';
export { parseCapability } from './spec/capabilities.js';
export { changeSpec, hostnameOf, type SpecChanges } from './spec/change-spec.js';
export { defaultSeccomp } from './spec/default-seccomp.js';
export { type DeviceOption, parseDeviceFlag, parseDeviceRule } from './spec/devices.js';
export { parseEnvFlag, readEnvFile } from './spec/environment.js';
export { type ExecOptions, execProcess } from './spec/exec-process.js';
export type { HostFacts } from './spec/host-facts.js';
export { parseIdMapping } from './spec/id-mappings.js';
export {
  parseCgroupConf,
  parseDeviceBps,
  parseDeviceIops,
  parseDeviceWeight,
  parseHugetlb,
  parseNumberList,
  wholeNumber,
} from './spec/limit-flag.js';
export type {
  LinuxBlockDevice,
  LinuxBlockIo,
  LinuxCpu,
  LinuxDeviceRule,
  LinuxHugepageLimit,
  LinuxMemory,
  LinuxNetwork,
  LinuxPids,
  LinuxRdma,
  LinuxResources,
  LinuxThrottleDevice,
} from './spec/linux-resources.js';
export type {
  LinuxDevice,
  LinuxIdMapping,
  LinuxIntelRdt,
  LinuxNamespace,
  LinuxNamespaceType,
  LinuxSeccomp,
  LinuxSyscall,
  LinuxSyscallArg,
  OciLinux,
  SeccompAction,
} from './spec/linux-spec.js';
export { parseMountFlag, type SplitMounts, splitRootfsMounts } from './spec/mount-flag.js';
export {
  type NamespaceChoice,
  type NamespaceChoices,
  type NamespaceMode,
  namespaceFiles,
  parseNamespaceMode,
  parseNamespacePath,
} from './spec/namespaces.js';
export type {
  OciCapabilities,
  OciHook,
  OciHooks,
  OciIoPriority,
  OciMount,
  OciProcess,
  OciRlimit,
  OciRoot,
  OciScheduler,
  OciSpec,
  OciUser,
} from './spec/oci-spec.js';
export { type ProcessOptions, parseOomScoreAdj, parseUmask } from './spec/process-options.js';
export { assertProgram } from './spec/program-check.js';
export { parseCpus, parseMemorySize, parsePidsLimit } from './spec/quantities.js';
export { type ResourceLimits, updateResources } from './spec/resource-limits.js';
export { parseUlimit } from './spec/rlimits.js';
export { parseSecurityOpts, type SecurityOptions } from './spec/security-opt.js';
export { message as shapeMessage, problemsOf, strictObject } from './spec/shapes.js';
export { parseTmpfsFlag, parseVolumeFlag } from './spec/volume-flag.js';
export {
  type CgroupV1Metrics,
  type CgroupV2Metrics,
  type Metrics,
  metricsTypes,
  type NetworkMetrics,
  unmarshalMetrics,
} from './stats/metrics.js';
export { type MetricsSummary, summaryOf } from './stats/summary.js';
export { ownStdinReader } from './stdin-reader.js';
export { assertSameTerminal, completeStdio, planStdio, type Sink, type StdioPlan } from './stdio.js';
export { tailCriLog } from './tail-cri-log.js';
export { type TraceName, traceOf, withTracesOfTasks } from './traces.js';
export { untilFound } from './until-found.js';
