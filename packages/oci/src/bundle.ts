/** The bundle's `config.json`: the spec as it was given, with what Shiplog has to say to it. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  type Mount,
  NotFoundError,
  parseExactJson,
  type TypedAny,
  type TypeUrl,
  typeUrls,
  unmarshalAny,
} from '@shiplog/core';
import type * as v from 'valibot';
import type { TaskLayout } from './layout.js';
import { isMissing } from './small-file.js';
import type { LinuxResources } from './spec/linux-resources.js';
import type { OciProcess, OciSpec } from './spec/oci-spec.js';
import { assertReachable } from './spec/reachable.js';
import { resourcesShape } from './spec/resources-shape.js';
import { problemsOf } from './spec/shapes.js';
import { processShape, specShape } from './spec/spec-shape.js';

/** @throws InvalidArgumentError for what is no OCI spec of a Linux container */
export function parseSpec(any: TypedAny): OciSpec {
  return checked(specShape, exactValueOf(any, typeUrls.spec), 'spec') as OciSpec;
}

/** @throws InvalidArgumentError for what is no OCI process */
export function parseProcess(any: TypedAny): OciProcess {
  return checked(processShape, exactValueOf(any, typeUrls.process), 'process') as OciProcess;
}

/** @throws InvalidArgumentError for what are no OCI LinuxResources */
export function parseResources(any: TypedAny): LinuxResources {
  const value = exactValueOf(any, typeUrls.linuxResources);
  return checked(resourcesShape, value, 'LinuxResources') as LinuxResources;
}

/** @throws InvalidArgumentError for what are no OCI LinuxResources, as JSON */
export function parseResourcesText(text: string): LinuxResources {
  return parseResources({ typeUrl: typeUrls.linuxResources, value: Buffer.from(text) });
}

/** The value as it was written: whole numbers beyond 2^53 keep their last digits. */
function exactValueOf(any: TypedAny, type: TypeUrl): unknown {
  unmarshalAny(any, type);
  return parseExactJson(new TextDecoder().decode(any.value));
}

function checked(shape: v.GenericSchema, value: unknown, what: string): unknown {
  const issues = problemsOf(shape, value);
  if (issues.length === 0) return value;
  throw new InvalidArgumentError(`the OCI ${what} is not valid: ${issues.join('; ')}`, { details: { issues } });
}

export interface BundlePlan {
  readonly layout: TaskLayout;
  readonly spec: OciSpec;
  /** What was mounted on the bundle's `rootfs`; empty where the spec's root is a folder of its own. */
  readonly rootfs: readonly Mount[];
  /** For a spec that names none; null where none can be made, and the runtime does without. */
  readonly cgroupsPath: string | null;
}

/**
 * The spec as the runtime will see it.
 *
 * @throws NotFoundError if there is no root file system
 */
export function completeSpec({ layout, spec, rootfs, cgroupsPath }: BundlePlan): OciSpec {
  const mounted = rootfs.length > 0;
  if (!mounted && spec.root === undefined) {
    throw new InvalidArgumentError('the OCI spec is not valid: root.path is missing, and no rootfs mounts were given');
  }
  const path = mounted ? layout.rootfs : resolve(layout.bundle, spec.root?.path ?? '');
  assertFolder(path);
  assertReachable(path, spec.linux);
  const cgroup = spec.linux?.cgroupsPath ?? cgroupsPath;
  assertMountSources(layout, spec);
  return {
    ...spec,
    root: { ...spec.root, path, ...(isReadOnly(rootfs) && { readonly: true }) },
    linux: { ...spec.linux, ...(cgroup !== null && { cgroupsPath: cgroup }) },
  };
}

/** Runtimes name a source that is missing, and say no more. */
function assertMountSources({ bundle }: TaskLayout, { mounts = [] }: OciSpec): void {
  for (const { type, source, destination, options = [] } of mounts) {
    const isBind = type === 'bind' || options.some((option) => option === 'bind' || option === 'rbind');
    if (!isBind || source === undefined) continue;
    const path = resolve(bundle, source);
    assertThere(path, `the source ${path} of the mount on ${destination}`);
  }
}

function assertThere(path: string, what: string): void {
  try {
    statSync(path);
  } catch (cause) {
    // Whatever else keeps us from looking, the runtime may be able to.
    if (!isMissing(cause)) return;
    throw new NotFoundError(`${what} is not there; make it, or name another`, { cause, details: { path } });
  }
}

/** crun mounts the root once more and forgets that it was read-only, so the spec has to say it. */
function isReadOnly(rootfs: readonly Mount[]): boolean {
  const root = rootfs.findLast(({ target }) => target === '' || target === '/');
  return root?.options.findLast((option) => option === 'ro' || option === 'rw') === 'ro';
}

function assertFolder(path: string): void {
  const details = { path };
  try {
    if (statSync(path).isDirectory()) return;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new NotFoundError(`the root file system ${path} is not there; make it, or name another as root.path`, {
      cause,
      details,
    });
  }
  throw new FailedPreconditionError(`the root file system ${path} is no folder`, { details });
}

/** For its owner alone: the environment may hold secrets. What is there under the name goes; a link is not followed. */
export function writeSecret(path: string, value: OciSpec | OciProcess | LinuxResources): void {
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
}
