/** An OCI spec from what a person says on a command line. */
import { InvalidArgumentError, type Mount } from '@shiplog/core';
import {
  defaultCapabilities,
  defaultDeviceRules,
  defaultMaskedPaths,
  defaultMounts,
  defaultNamespaces,
  defaultPath,
  defaultReadonlyPaths,
  defaultRlimits,
  ociVersion,
} from './default-spec.js';
import { mergeEnv } from './environment.js';
import { type HostFacts, readHostFacts } from './host-facts.js';
import type { LinuxSeccomp, OciLinux } from './linux-spec.js';
import type { OciMount, OciProcess, OciSpec } from './oci-spec.js';
import { linuxResources, type ResourceLimits } from './resource-limits.js';
import { resolveUser } from './user.js';

export interface SpecOptions extends ResourceLimits {
  /** The absolute path of the root file system; empty where `CreateOpts.rootfs` brings it. */
  readonly rootfs: string;
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** `NAME=VALUE`; wins over the defaults PATH, HOME and TERM. */
  readonly env?: readonly string[];
  /** Absolute, inside the container; `/` when absent. */
  readonly cwd?: string;
  /** `USER[:GROUP]`; root when absent. Names are looked up in the root file system. */
  readonly user?: string;
  /** Inside the container. One on the target of a default mount takes its place. */
  readonly mounts?: readonly Mount[];
  /** Whether the root file system is read-only. */
  readonly readOnly?: boolean;
  /** At most 64 characters; the host's name when absent. */
  readonly hostname?: string;
  readonly terminal?: boolean;
  /** False lets programs gain privileges (sudo, ping with file capabilities). */
  readonly noNewPrivileges?: boolean;
  /** The system calls that are allowed; all when absent. */
  readonly seccomp?: LinuxSeccomp;
}

/** A spec with a program to run. */
export type BuiltSpec = OciSpec & { readonly process: OciProcess };

/**
 * The cgroup path is left to the backend, which knows the host's driver.
 *
 * @throws InvalidArgumentError if an option makes no sense, or the root file system does not know the user
 * @throws NotFoundError if there is no such root file system
 */
export function buildSpec(options: SpecOptions, host: HostFacts = readHostFacts()): BuiltSpec {
  const { rootfs, args, cwd = '/', terminal = false, mounts = [], readOnly = false, hostname } = options;
  if (args.length === 0) throw new InvalidArgumentError('there is no program to run: give a command and its arguments');
  if (rootfs !== '') requireAbsolute('root file system', rootfs);
  requireAbsolute('working directory', cwd);
  const { user, home } = resolveUser(options.user ?? '0', rootfs);
  return {
    ociVersion,
    process: {
      terminal,
      user,
      args,
      env: mergeEnv(defaultEnv(home, terminal), options.env ?? []),
      cwd,
      capabilities: defaultCapabilities,
      rlimits: defaultRlimits(host),
      // Most images never need a setuid program, and the others say so: then the caller turns it off.
      noNewPrivileges: options.noNewPrivileges ?? true,
    },
    root: { path: rootfs === '' ? 'rootfs' : rootfs, readonly: readOnly },
    ...(hostname !== undefined && { hostname: checkedHostname(hostname) }),
    mounts: withDefaults(mounts.map(insideMount)),
    linux: linuxOf(options, host),
  };
}

function linuxOf(options: SpecOptions, host: HostFacts): OciLinux {
  return {
    namespaces: defaultNamespaces(host),
    resources: { devices: defaultDeviceRules, ...linuxResources(options) },
    rootfsPropagation: propagationOf(options.mounts ?? []),
    maskedPaths: defaultMaskedPaths,
    readonlyPaths: defaultReadonlyPaths,
    ...(options.seccomp && { seccomp: options.seccomp }),
  };
}

function defaultEnv(home: string | undefined, terminal: boolean): readonly string[] {
  return [defaultPath, ...(terminal ? ['TERM=xterm'] : []), ...(home === undefined ? [] : [`HOME=${home}`])];
}

function requireAbsolute(what: string, path: string): void {
  if (!path.startsWith('/')) {
    throw new InvalidArgumentError(`${what} ${JSON.stringify(path)} is not valid: give an absolute path`);
  }
}

const maxHostname = 64;

function checkedHostname(name: string): string {
  if (name === '' || name.length > maxHostname) {
    throw new InvalidArgumentError(
      `host name ${JSON.stringify(name)} is not valid: give 1 to ${maxHostname} characters`,
    );
  }
  return name;
}

const propagations = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable'];

/** A bind says for itself whether mounts travel: the runtimes' own defaults differ. */
function insideMount({ type, source, target, options }: Mount): OciMount {
  if (target === '/') throw new InvalidArgumentError('a mount on / makes the root: give it as a mount of the rootfs');
  const isBind = type === 'bind' && !options.some((option) => propagations.includes(option));
  return { destination: target, type, source, options: isBind ? [...options, 'rprivate'] : options };
}

/** Mounts that travel need a root which lets them; else nothing does, whichever runtime it is. */
function propagationOf(mounts: readonly Mount[]): 'rshared' | 'rslave' | 'rprivate' {
  const options = new Set(mounts.flatMap((mount) => mount.options));
  if (options.has('shared') || options.has('rshared')) return 'rshared';
  return options.has('slave') || options.has('rslave') ? 'rslave' : 'rprivate';
}

function withDefaults(mounts: readonly OciMount[]): readonly OciMount[] {
  const taken = new Set(mounts.map(({ destination }) => destination));
  return [...defaultMounts.filter(({ destination }) => !taken.has(destination)), ...mounts];
}

/** A host name for a task: its ID, as far as the kernel's 64 characters go. */
export function hostnameOf(taskId: string): string {
  return taskId.slice(0, maxHostname).replace(/[._-]+$/, '');
}
