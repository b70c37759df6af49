import type { PluginType } from './manifest.js';

/** `ok`: started. `skip`: the host lacks something, and that is no fault. `error`: broken, and isolated (P8). */
export type PluginStatus = 'ok' | 'skip' | 'error';

/** What is to happen when a plugin is not `ok` after the start: nothing more, or the opening of the root fails. */
export type OnFailure = 'continue' | 'abort';

/** What was named as a plugin, and could not even be loaded. */
export interface RefusedPlugin {
  /** As it was named: a package, a path. */
  readonly source: string;
  /** In words for users: what to do about it. */
  readonly reason: string;
}

/** What became of one plugin at the start, in words for users. */
export interface PluginReport {
  /** As the manifest says it; not necessarily a valid one where the status is `error`. */
  readonly id: string;
  /** Empty where nobody got as far as to read it. */
  readonly type: PluginType | '';
  /** The plugin's own version. */
  readonly version: string;
  /** The versions of the plugin API that it is made for. */
  readonly apiVersion: string;
  /** Where its code was loaded from; empty where the program itself brought it. */
  readonly source: string;
  readonly requires: readonly string[];
  readonly status: PluginStatus;
  /** Why it is not `ok`. */
  readonly reason?: string;
  /** What the plugin noted in its `init`: what was found, what was done about the host. */
  readonly notes: readonly string[];
  /** What it has to say besides, and finds out only when it is asked. */
  readonly moreNotes?: () => Promise<readonly string[]>;
  readonly capabilities: readonly string[];
  /** How long its start took, in milliseconds; 0 if it was never tried. */
  readonly durationMs: number;
  /**
   * SHA-256 of what it was configured with once that was checked, as canonical JSON: it stands in the records of its tasks.
   * Absent where it takes no configuration, or one that is no JSON.
   */
  readonly configHash?: string;
}
