/**
 * What a plugin says of itself, as data. Authors need no decorators and no container: `definePlugin` gives types, and
 * `init` gets everything by argument.
 */
import type { MountHandler } from '../mount/mount.js';
import type { EventSink } from '../runtime/event-sink.js';
import type { LogDriver } from '../runtime/log-driver.js';
import type { PlatformRuntime } from '../runtime/platform-runtime.js';
import type { TaskMonitor } from '../runtime/task-monitor.js';

/** What each type of plugin gives the registry. */
export interface PluginInstances {
  runtime: PlatformRuntime;
  'mount-handler': MountHandler;
  'event-sink': EventSink;
  'log-driver': LogDriver;
  'task-monitor': TaskMonitor;
}

export type PluginType = keyof PluginInstances;

/**
 * The version of this contract, as semantic versioning has it: apart from the version of any package. The minor one
 * grows with what plugins may use and need not, the major one with what would break them.
 */
export const pluginApiVersion = '1.0.0';

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

/**
 * What a runtime may be able to do, or not. What it does not name it refuses with `not-implemented`.
 *
 *     attach      Process.attach and closeIO, with an `attachedStdin`
 *     checkpoint  Task.checkpoint, and `CreateOpts.checkpoint`
 *     exec        Task.exec and Task.process
 *     fifo        stdio through fifos
 *     pause       Task.pause and Task.resume
 *     stats       Task.stats
 *     terminal    `io.terminal`, and Process.resizePty
 *     update      Task.update
 */
export const runtimeCapabilities = [
  'attach',
  'checkpoint',
  'exec',
  'fifo',
  'pause',
  'stats',
  'terminal',
  'update',
] as const;

export type RuntimeCapability = (typeof runtimeCapabilities)[number];

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
  /** The versions of this contract that it is made for: a range as npm writes them, such as `^1.0.0`. */
  readonly apiVersion: string;
  /** The plugin's own version. */
  readonly version: string;
  /** IDs of plugins that must be started before it. */
  readonly requires?: readonly string[];
  /**
   * What it can do beyond the least. Of a runtime, those of `runtimeCapabilities` also decide which rules of the
   * conformance suite it has to keep; any other word is for users to read.
   */
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
