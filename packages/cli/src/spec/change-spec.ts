import type { Mount } from '@shiplog/core';
import {
  execProcess,
  type LinuxResources,
  type OciMount,
  type OciSpec,
  type ResourceLimits,
  updateResources,
} from '@shiplog/oci';

export interface SpecChanges extends ResourceLimits {
  readonly env: readonly string[];
  readonly cwd?: string;
  readonly user?: string;
  readonly mounts: readonly Mount[];
  readonly readOnly: boolean;
  readonly terminal: boolean;
}

/**
 * A bundle's spec with what the command line says otherwise. Everything else stays as it is, except that it is the command
 * line that says whether there is a terminal: whatever the bundle says, somebody has to be on its other end.
 */
export function changeSpec(spec: OciSpec, args: readonly string[], changes: SpecChanges): OciSpec {
  const { env, cwd, user, mounts, readOnly, terminal } = changes;
  const { process, root } = spec;
  return {
    ...spec,
    ...(process && {
      process: execProcess(process, {
        rootfs: root?.path ?? '',
        args: args.length > 0 ? args : (process.args ?? []),
        env,
        terminal,
        ...(cwd !== undefined && { cwd }),
        ...(user !== undefined && { user }),
      }),
    }),
    ...(root && readOnly && { root: { ...root, readonly: true } }),
    ...(mounts.length > 0 && { mounts: withMounts(spec.mounts ?? [], mounts) }),
    ...withLimits(spec, changes),
  };
}

function withMounts(mounts: readonly OciMount[], added: readonly Mount[]): readonly OciMount[] {
  const taken = new Set(added.map(({ target }) => target));
  return [
    ...mounts.filter(({ destination }) => !taken.has(destination)),
    ...added.map(({ target, type, source, options }) => ({ destination: target, type, source, options })),
  ];
}

/** Each limit goes into its group, beside what the bundle says in it: `memory.limit` beside `memory.swap`. */
function withLimits({ linux }: OciSpec, limits: ResourceLimits): Pick<OciSpec, 'linux'> {
  const { memory, cpus, pidsLimit } = limits;
  if (memory === undefined && cpus === undefined && pidsLimit === undefined) return {};
  const before: LinuxResources = linux?.resources ?? {};
  const now = updateResources({ memory, cpus, pidsLimit });
  const resources: LinuxResources = {
    ...before,
    ...(now.memory && { memory: { ...before.memory, ...now.memory } }),
    ...(now.cpu && { cpu: { ...before.cpu, ...now.cpu } }),
    ...(now.pids && { pids: now.pids }),
  };
  return { linux: { ...linux, resources } };
}
