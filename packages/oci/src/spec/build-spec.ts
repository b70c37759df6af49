/** An OCI spec from what a person says on a command line. */
import { InvalidArgumentError, type Mount } from '@shiplog/core';
import { changeSpec, type SpecChanges } from './change-spec.js';
import { defaultSeccomp } from './default-seccomp.js';
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
import { type HostFacts, readHostFacts } from './host-facts.js';
import type { OciProcess, OciSpec } from './oci-spec.js';

export interface SpecOptions extends SpecChanges {
  /** The absolute path of the root file system; empty where `CreateOpts.rootfs` brings it. */
  readonly rootfs: string;
  readonly args: readonly string[];
}

/** A spec with a program to run. */
export type BuiltSpec = OciSpec & { readonly process: OciProcess };

/**
 * A default spec, changed: `user` is root when absent, `cwd` is `/`, the system calls are those of `defaultSeccomp`.
 * The cgroup path is left to the backend, which knows the host's driver.
 *
 * @throws InvalidArgumentError if an option makes no sense, or the root file system does not know the user
 * @throws NotFoundError if there is no such root file system
 */
export function buildSpec({ rootfs, ...options }: SpecOptions, host: HostFacts = readHostFacts()): BuiltSpec {
  if (rootfs !== '' && !rootfs.startsWith('/')) {
    throw new InvalidArgumentError(`root file system ${JSON.stringify(rootfs)} is not valid: give an absolute path`);
  }
  const { seccomp = options.privileged ? 'unconfined' : defaultSeccomp(), user = '0' } = options;
  const mapped = options.uidMappings === undefined && options.gidMappings === undefined ? host.rootless : {};
  return changeSpec(defaultSpec(rootfs, options, host), { ...mapped, ...options, seccomp, user }, () => host);
}

function defaultSpec(rootfs: string, { mounts = [] }: Pick<SpecOptions, 'mounts'>, host: HostFacts): BuiltSpec {
  return {
    ociVersion,
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [],
      env: [defaultPath],
      cwd: '/',
      capabilities: defaultCapabilities,
      rlimits: defaultRlimits(host),
      // Most images never need a setuid program, and the others say so: then the caller turns it off.
      noNewPrivileges: true,
    },
    root: { path: rootfs === '' ? 'rootfs' : rootfs, readonly: false },
    mounts: defaultMounts,
    linux: {
      namespaces: defaultNamespaces(host),
      resources: { devices: defaultDeviceRules },
      rootfsPropagation: propagationOf(mounts),
      maskedPaths: defaultMaskedPaths,
      readonlyPaths: defaultReadonlyPaths,
    },
  };
}

/** Mounts that travel need a root which lets them; else nothing does, whichever runtime it is. */
function propagationOf(mounts: readonly Mount[]): 'rshared' | 'rslave' | 'rprivate' {
  const options = new Set(mounts.flatMap((mount) => mount.options));
  if (options.has('shared') || options.has('rshared')) return 'rshared';
  return options.has('slave') || options.has('rslave') ? 'rslave' : 'rprivate';
}
