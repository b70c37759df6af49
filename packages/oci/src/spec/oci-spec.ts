/**
 * The OCI runtime specification 1.x (https://github.com/opencontainers/runtime-spec, `config.md`) as far as Linux
 * containers go. Written here because npm has no package of these types. A spec that a user brings may hold more:
 * what is not named here is kept as it is.
 */
import type { LinuxIdMapping, OciLinux } from './linux-spec.js';

/** `config.json`. */
export interface OciSpec {
  /** The version of the specification that it follows: `1.0.2`. */
  readonly ociVersion: string;
  readonly process?: OciProcess;
  readonly root?: OciRoot;
  readonly hostname?: string;
  readonly domainname?: string;
  /** Mounted in this order. */
  readonly mounts?: readonly OciMount[];
  readonly hooks?: OciHooks;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: OciLinux;
}

/** The container's first process, or an exec's. */
export interface OciProcess {
  /** Whether its stdio is a terminal. */
  readonly terminal?: boolean;
  /** In character cells; ignored without a terminal. */
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: OciUser;
  /** The program and its arguments: at least one. */
  readonly args?: readonly string[];
  /** `NAME=VALUE`. */
  readonly env?: readonly string[];
  /** Absolute, inside the container. */
  readonly cwd: string;
  readonly capabilities?: OciCapabilities;
  readonly rlimits?: readonly OciRlimit[];
  /** Whether the process and its children can never gain privileges (setuid programs among others). */
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  /** -1000 to 1000. */
  readonly oomScoreAdj?: number;
  readonly scheduler?: OciScheduler;
  readonly selinuxLabel?: string;
  readonly ioPriority?: OciIoPriority;
  /** CPUs of an exec, before and after it enters the container's cgroup. */
  readonly execCPUAffinity?: { readonly initial?: string; readonly final?: string };
}

/** IDs as the container sees them. */
export interface OciUser {
  readonly uid: number;
  readonly gid: number;
  /** 0o022 is 18: a plain number. */
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
}

/** Names as `CAP_KILL`. */
export interface OciCapabilities {
  readonly bounding?: readonly string[];
  readonly effective?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly permitted?: readonly string[];
  readonly ambient?: readonly string[];
}

export interface OciRlimit {
  /** `RLIMIT_NOFILE`. */
  readonly type: string;
  readonly hard: number;
  readonly soft: number;
}

/** As sched_setattr(2). */
export interface OciScheduler {
  /** `SCHED_OTHER`, `SCHED_FIFO`, ... */
  readonly policy: string;
  /** -20 to 19. */
  readonly nice?: number;
  readonly priority?: number;
  /** `SCHED_FLAG_RESET_ON_FORK`, ... */
  readonly flags?: readonly string[];
  /** Nanoseconds. */
  readonly runtime?: number;
  /** Nanoseconds. */
  readonly deadline?: number;
  /** Nanoseconds. */
  readonly period?: number;
}

export interface OciIoPriority {
  readonly class: 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE';
  /** 0 (highest) to 7. */
  readonly priority: number;
}

export interface OciRoot {
  /** Absolute, or relative to the bundle. */
  readonly path: string;
  readonly readonly?: boolean;
}

/** A mount inside the container, done by the OCI runtime. */
export interface OciMount {
  /** Absolute, inside the container. */
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  /** As in fstab, and the specification's own: `rbind`, `ro`, `rro`, `idmap`, ... */
  readonly options?: readonly string[];
  readonly uidMappings?: readonly LinuxIdMapping[];
  readonly gidMappings?: readonly LinuxIdMapping[];
}

/** Programs of the host that the OCI runtime calls on the way. */
export interface OciHooks {
  /** Deprecated by the specification; the next two took its place. */
  readonly prestart?: readonly OciHook[];
  readonly createRuntime?: readonly OciHook[];
  readonly createContainer?: readonly OciHook[];
  readonly startContainer?: readonly OciHook[];
  readonly poststart?: readonly OciHook[];
  readonly poststop?: readonly OciHook[];
}

export interface OciHook {
  /** Absolute. */
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}
