/**
 * What a plugin says of itself, as data. Authors need no decorators and no container: `definePlugin` gives types, and
 * `init` gets everything by argument.
 */
import type { MountHandler } from '../mount/mount.js';
import type { PlatformRuntime } from '../runtime/platform-runtime.js';

/** What each type of plugin gives the registry. */
export interface PluginInstances {
  runtime: PlatformRuntime;
  'mount-handler': MountHandler;
}

export type PluginType = keyof PluginInstances;

/** The version of this contract. */
export const pluginApiVersion = 1;

/** Any validator of the Standard Schema (zod, valibot, arktype): https://standardschema.dev */
export interface ConfigSchema<C> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => ConfigResult<C> | Promise<ConfigResult<C>>;
  };
}

export type ConfigResult<C> =
  | { readonly value: C; readonly issues?: undefined }
  | { readonly issues: readonly ConfigIssue[] };

export interface ConfigIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A text, or a way to texts that take time to find out: it is gone when somebody wants to read them. */
export type Note = string | (() => Promise<readonly string[]>);

/** What `init` gets. */
export interface PluginContext<C> {
  readonly config: C;
  /**
   * The plugin's folder for what may vanish with a reboot: absolute, its own, mode 0700. For a runtime, the bundle of
   * a task is `stateDir/NAMESPACE/TASK`: made, with `rootfs/` in it, before `create`, and removed after `delete`.
   */
  readonly stateDir: string;
  /** The plugin's folder for what must stay: absolute, its own, mode 0700. */
  readonly rootDir: string;
  /** Something worth knowing in the boot report: what was found, what was done about the host. */
  note(note: Note): void;
  /** Fires when the start failed or took too long, or the registry is disposed. */
  readonly signal: AbortSignal;
}

export interface PluginManifest<T extends PluginType = PluginType, C = unknown> {
  /** `io.containerd.NAME.VERSION`. */
  readonly id: string;
  readonly type: T;
  readonly apiVersion: number;
  /** The plugin's own version. */
  readonly version: string;
  /** IDs of plugins that must be started before it. */
  readonly requires?: readonly string[];
  /** What it can do beyond the least, for users to read: `checkpoint`, `exec`. */
  readonly capabilities?: readonly string[];
  /** What a user may configure; a plugin without it takes no config. A section that is left out is `{}` to it. */
  readonly config?: ConfigSchema<C>;
  /**
   * May take no longer than the registry's time limit. An instance with `[Symbol.asyncDispose]` or `[Symbol.dispose]`
   * is disposed of before those that the plugin requires.
   *
   * @throws SkipPlugin if the host lacks what it needs; anything else disables it with an error. Neither stops others
   * (P8).
   */
  init(context: PluginContext<C>): PluginInstances[T] | Promise<PluginInstances[T]>;
}

/** Thrown by `init`: this host lacks something, and that is no fault. */
export class SkipPlugin extends Error {
  override readonly name = 'SkipPlugin';
}

/** The identity, for its types. */
export function definePlugin<const T extends PluginType, C = undefined>(
  manifest: PluginManifest<T, C>,
): PluginManifest<T, C> {
  return manifest;
}
