/** The OCI runtime specification's `linux` (`config-linux.md`). */
import type { LinuxResources } from './linux-resources.js';

export interface OciLinux {
  readonly namespaces?: readonly LinuxNamespace[];
  readonly uidMappings?: readonly LinuxIdMapping[];
  readonly gidMappings?: readonly LinuxIdMapping[];
  readonly timeOffsets?: Readonly<Record<string, { readonly secs?: number; readonly nanosecs?: number }>>;
  /** Made in the container beside the default ones (null, zero, full, random, urandom, tty). */
  readonly devices?: readonly LinuxDevice[];
  readonly netDevices?: Readonly<Record<string, { readonly name?: string }>>;
  /** Absolute: under the cgroup root. For the systemd driver `SLICE:PREFIX:NAME`. */
  readonly cgroupsPath?: string;
  readonly resources?: LinuxResources;
  readonly intelRdt?: LinuxIntelRdt;
  readonly memoryPolicy?: { readonly mode: string; readonly nodes?: string; readonly flags?: readonly string[] };
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly seccomp?: LinuxSeccomp;
  readonly rootfsPropagation?: 'slave' | 'private' | 'shared' | 'unbindable' | 'rslave' | 'rprivate' | 'rshared';
  /** Hidden from the container. */
  readonly maskedPaths?: readonly string[];
  /** Read-only in the container. */
  readonly readonlyPaths?: readonly string[];
  readonly mountLabel?: string;
  readonly personality?: { readonly domain: string; readonly flags?: readonly string[] };
}

export type LinuxNamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

export interface LinuxNamespace {
  readonly type: LinuxNamespaceType;
  /** An existing namespace to join; a new one when absent. */
  readonly path?: string;
}

export interface LinuxIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface LinuxDevice {
  /** Character, block, unbuffered character, fifo. */
  readonly type: 'c' | 'b' | 'u' | 'p';
  /** Absolute, inside the container. */
  readonly path: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface LinuxIntelRdt {
  readonly closID?: string;
  readonly schemata?: readonly string[];
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
  readonly enableMonitoring?: boolean;
}

/** `SCMP_ACT_ALLOW`, `SCMP_ACT_ERRNO`, ... */
export type SeccompAction = `SCMP_ACT_${string}`;

export interface LinuxSeccomp {
  readonly defaultAction: SeccompAction;
  readonly defaultErrnoRet?: number;
  readonly flags?: readonly string[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  /** `SCMP_ARCH_X86_64`, ... */
  readonly architectures?: readonly string[];
  readonly syscalls?: readonly LinuxSyscall[];
}

export interface LinuxSyscall {
  readonly names: readonly string[];
  readonly action: SeccompAction;
  readonly errnoRet?: number;
  readonly args?: readonly LinuxSyscallArg[];
}

export interface LinuxSyscallArg {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  /** `SCMP_CMP_EQ`, ... */
  readonly op: `SCMP_CMP_${string}`;
}
