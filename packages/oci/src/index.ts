export type { Backend } from './backend.js';
export { parseResourcesText } from './bundle.js';
export { type OciCheckpointOptions, ociCheckpointOptionsType } from './checkpoint-options.js';
export { type CriRecord, type CriStream, timestampOf } from './cri-log.js';
export { findProgram } from './find-program.js';
export { findTail, type Tail, type TailOptions } from './find-tail.js';
export { OciRuntime } from './oci-runtime.js';
export { type OciOptions, type OciPluginConfig, ociOptionsType, ociPluginConfig } from './options.js';
export { openOciRuntime } from './plugin.js';
export { type ProcessDetails, readProcessDetails } from './process-details.js';
export type { OciRuntimeProfile } from './profile.js';
export {
  type Command,
  type CommandOutcome,
  type Companion,
  type RunOptions,
  runCommand,
  startCompanion,
} from './run.js';
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
export { parseCpus, parseMemorySize, parsePidsLimit } from './spec/quantities.js';
export { type ResourceLimits, updateResources } from './spec/resource-limits.js';
export { parseUlimit } from './spec/rlimits.js';
export { parseSecurityOpts, type SecurityOptions } from './spec/security-opt.js';
export { problemsOf, strictObject } from './spec/shapes.js';
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
export { tailCriLog } from './tail-cri-log.js';
