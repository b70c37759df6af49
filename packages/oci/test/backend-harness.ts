/** A bare OCI backend in temporary folders, with busybox as everyone's root file system. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxMissing, busyboxRootfs, type RuntimeHarness } from '@shiplog/conformance';
import type { PlatformRuntime, PluginContext, PluginManifest } from '@shiplog/core';
import { buildSpec, type OciPluginConfig, type OciSpec } from '@shiplog/oci';

export type OciPlugin = PluginManifest<'runtime', OciPluginConfig>;

export interface BackendHarness extends RuntimeHarness {
  readonly stateDir: string;
  readonly rootDir: string;
  /** What the plugin had to say of this host. */
  readonly notes: readonly string[];
  spec(args: readonly string[]): OciSpec & { readonly process: { readonly args: readonly string[] } };
  makeBundle(namespace: string, id: string): Promise<void>;
}

export async function openBackend(plugin: OciPlugin, config: OciPluginConfig = {}): Promise<BackendHarness> {
  const base = mkdtempSync(join(tmpdir(), 'shiplog-oci-'));
  const [stateDir, rootDir] = [join(base, 'state'), join(base, 'root')];
  const rootfs = busyboxRootfs(join(base, 'busybox'));
  const notes: string[] = [];
  const start = (): Promise<PlatformRuntime> => startPlugin(plugin, { config, stateDir, rootDir, notes });
  return {
    runtime: await start(),
    stateDir,
    rootDir,
    notes,
    folder: base,
    makeFifo: (path) => execFileSync('mkfifo', [path]),
    again: start,
    spec: (args) => {
      const spec = buildSpec({ rootfs, args: ['replaced'] });
      return { ...spec, process: { ...spec.process, args } } as ReturnType<BackendHarness['spec']>;
    },
    makeBundle: async (namespace, id) => {
      mkdirSync(join(stateDir, namespace, id, 'rootfs'), { recursive: true, mode: 0o700 });
    },
    [Symbol.asyncDispose]: async () => rmSync(base, { recursive: true, force: true }),
  };
}

async function startPlugin(
  plugin: OciPlugin,
  { notes, ...folders }: Pick<PluginContext<OciPluginConfig>, 'config' | 'stateDir' | 'rootDir'> & { notes: string[] },
): Promise<PlatformRuntime> {
  const context = { ...folders, note: (text: string) => void notes.push(text), signal: new AbortController().signal };
  return plugin.init(context);
}

/** Why real containers cannot run here; undefined where they can. */
export function cannotRun(plugin: OciPlugin): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  if (busyboxMissing !== undefined) return busyboxMissing;
  try {
    const context = {
      config: {},
      stateDir: '/nowhere',
      rootDir: '/nowhere',
      note: () => {},
      signal: AbortSignal.abort(),
    };
    void plugin.init(context);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
