/** A bare shim backend in temporary folders, with busybox as everyone's root file system. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxMissing, busyboxRootfs, type RuntimeHarness } from '@shiplog/conformance';
import type { CreateOpts, PlatformRuntime } from '@shiplog/core';
import { buildSpec, findProgram, type OciSpec } from '@shiplog/oci';
import type { ShimPluginConfig } from '../src/config.js';
import { binaryNameOf } from '../src/shim-binary.js';
import { Shims } from '../src/shims.js';

export interface ShimHarness extends RuntimeHarness {
  /** Where bundles are. */
  readonly stateDir: string;
  readonly rootDir: string;
  spec(args: readonly string[]): OciSpec & { readonly process: { readonly args: readonly string[] } };
  makeBundle(namespace: string, id: string): Promise<void>;
}

export interface HarnessOptions {
  readonly config?: ShimPluginConfig;
  /** What every create says besides. */
  readonly opts?: Partial<CreateOpts>;
}

/** @param runtime of all tasks */
export async function openShim(runtime: string, { config = {}, opts = {} }: HarnessOptions = {}): Promise<ShimHarness> {
  const base = mkdtempSync(join(tmpdir(), 'shim-'));
  const [stateDir, rootDir] = [join(base, 's'), join(base, 'r')];
  const rootfs = busyboxRootfs(join(base, 'busybox'));
  const opened: Shims[] = [];
  const start = (): PlatformRuntime => {
    const shims = new Shims('io.containerd.shim.v1', { stateDir, rootDir }, config);
    opened.push(shims);
    return withOpts(shims, { runtime, ...opts });
  };
  return {
    runtime: start(),
    stateDir,
    rootDir,
    folder: base,
    makeFifo: (path) => execFileSync('mkfifo', [path]),
    again: async () => start(),
    spec: (args) => {
      const spec = buildSpec({ rootfs, args: ['replaced'] });
      return { ...spec, process: { ...spec.process, args } } as ReturnType<ShimHarness['spec']>;
    },
    makeBundle: async (namespace, id) => {
      mkdirSync(join(stateDir, namespace, id, 'rootfs'), { recursive: true, mode: 0o700 });
    },
    [Symbol.asyncDispose]: async () => {
      for (const shims of opened) await shims[Symbol.asyncDispose]();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function withOpts(runtime: PlatformRuntime, opts: Partial<CreateOpts>): PlatformRuntime {
  return {
    id: runtime.id,
    create: (id, given, context) => runtime.create(id, { ...given, ...opts }, context),
    get: (id, context) => runtime.get(id, context),
    tasks: (all, context) => runtime.tasks(all, context),
    delete: (id, context) => runtime.delete(id, context),
  };
}

export const runcShim = 'io.containerd.runc.v2';

/** Why real containers cannot run here under the shim for runc; undefined where they can. */
export function cannotRun(runtime = runcShim): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  if (busyboxMissing !== undefined) return busyboxMissing;
  if (findProgram('conmon') === undefined) return 'conmon is not there: apt-get install conmon';
  if (findProgram('runc') === undefined) return 'runc is not there: apt-get install runc';
  const name = binaryNameOf(runtime) ?? runtime;
  return findProgram(name) === undefined ? `${name} is not there: apt-get install containerd` : undefined;
}
