export type { Backend } from './backend.js';
export { CriLogParser, type CriRecord, type CriStream, timestampOf } from './cri-log.js';
export { findProgram } from './find-program.js';
export { findTail, type Tail, type TailOptions } from './find-tail.js';
export { OciRuntime } from './oci-runtime.js';
export { type OciOptions, type OciPluginConfig, ociOptionsType, ociPluginConfig } from './options.js';
export { openOciRuntime } from './plugin.js';
export type { OciRuntimeProfile } from './profile.js';
export {
  type Command,
  type CommandOutcome,
  type Companion,
  type RunOptions,
  runCommand,
  startCompanion,
} from './run.js';
export { type BuiltSpec, buildSpec, hostnameOf, type SpecOptions } from './spec/build-spec.js';
export { loadBundleSpec } from './spec/bundle-spec.js';
export { parseEnvFlag } from './spec/environment.js';
export { parseExactJson } from './spec/exact-json.js';
export { type ExecOptions, execProcess } from './spec/exec-process.js';
export { type HostFacts, readHostFacts } from './spec/host-facts.js';
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
export { parseCpus, parseMemorySize, parsePidsLimit, unlimited } from './spec/quantities.js';
export { type ResourceLimits, updateResources } from './spec/resource-limits.js';
export { tailCriLog } from './tail-cri-log.js';
