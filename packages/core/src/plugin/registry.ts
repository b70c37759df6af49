/**
 * Starts plugins, holds what they gave, and disposes of it.
 *
 * Invariants:
 *  R1  A plugin starts after everything that it requires, and is disposed of before it.
 *  R2  A broken plugin disables itself and those that require it, nothing else (P8): no flaw of a plugin makes `start`
 *      or the disposal throw; each is in a report.
 *  R3  Every plugin that was given has one report.
 */
import { type Clock, timestampToNanos } from '../kernel/clock.js';
import { CancelledError, errorMessageOf, NotFoundError, UnavailableError } from '../kernel/errors.js';
import { configHashOf } from './check-config.js';
import { flawOfManifest } from './check-manifest.js';
import type { Note, PluginInstances, PluginManifest, PluginType } from './manifest.js';
import { PluginContainer } from './plugin-container.js';
import type { PluginReport, PluginStatus, RefusedPlugin } from './plugin-report.js';
import { startOrder } from './start-order.js';
import { startPlugin } from './start-plugin.js';
import { withTimeLimit } from './time-limit.js';

export interface PluginRegistryOptions {
  /** Of two with one ID the first counts. */
  readonly plugins: readonly PluginManifest[];
  /** Where the code of a plugin was loaded from, for those that the program did not bring itself. */
  readonly sources?: ReadonlyMap<PluginManifest, string>;
  /** What could not be loaded; each gets its report. */
  readonly refused?: readonly RefusedPlugin[];
  /** A section for each plugin that needs one, by plugin ID. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Absolute. A plugin's own folder is `stateDir/ID`. */
  readonly stateDir: string;
  /** Absolute. A plugin's own folder is `rootDir/plugins/ID`. */
  readonly rootDir: string;
  /** How long one plugin may take to start, and to be disposed of: milliseconds, 10,000 when absent. */
  readonly startTimeout?: number;
  readonly clock: Clock;
  /** Whether plugins' folders are made where they are not there; true when absent. */
  readonly makeFolders?: boolean;
}

/** A plugin that could not be disposed of; the others were. */
export interface DisposalFailure {
  readonly id: string;
  readonly reason: string;
}

type Blocked = Pick<PluginReport, 'status' | 'reason'>;

export class PluginRegistry implements AsyncDisposable {
  readonly #options: PluginRegistryOptions;
  readonly #timeLimit: number;
  readonly #container = new PluginContainer();
  readonly #reports: PluginReport[] = [];
  readonly #started: { readonly id: string; readonly controller: AbortController }[] = [];
  readonly #disposalFailures: DisposalFailure[] = [];
  #open = true;
  #disposal: Promise<void> | undefined;

  private constructor(options: PluginRegistryOptions) {
    this.#options = options;
    this.#timeLimit = options.startTimeout ?? 10_000;
  }

  /** Resolves when every plugin has started, or has a report that says why not. */
  static async start(options: PluginRegistryOptions): Promise<PluginRegistry> {
    const registry = new PluginRegistry(options);
    for (const { source, reason } of options.refused ?? []) registry.#refuse({ id: source }, source, reason);
    const { order, cycles } = startOrder(await registry.#admit(options.plugins));
    for (const manifest of order) {
      const cycle = cycles.get(manifest);
      const blocked = cycle ? { status: 'error' as const, reason: `it requires itself: ${cycle}` } : undefined;
      await registry.#start(manifest, blocked ?? registry.#blockedBy(manifest));
    }
    return registry;
  }

  /** One for each plugin: those refused at sight, then the others in the order of their start. */
  get reports(): readonly PluginReport[] {
    return this.#reports;
  }

  /** Sections of the config that no plugin has: most likely an ID with a typing error. */
  get unusedConfig(): readonly string[] {
    const ids = new Set(this.#reports.map(({ id }) => id));
    return Object.keys(this.#options.config ?? {}).filter((id) => !ids.has(id));
  }

  /** Filled by the disposal. */
  get disposalFailures(): readonly DisposalFailure[] {
    return this.#disposalFailures;
  }

  /**
   * @throws NotFoundError if there is no such plugin of that type
   * @throws UnavailableError if it is disabled; the message says why
   */
  get<T extends PluginType>(type: T, id: string): PluginInstances[T] {
    const report = this.#reportOf(id);
    if (report?.type !== type) {
      const ids = this.#reports.filter((other) => other.type === type).map((other) => other.id);
      throw new NotFoundError(`there is no ${type} plugin ${id}; there are: ${ids.join(', ') || 'none'}`, {
        details: { plugin: id },
      });
    }
    const reason = this.#open ? report.reason : 'the registry is disposed of';
    if (!this.#open || report.status !== 'ok') {
      throw new UnavailableError(`${type} plugin ${id} is disabled: ${reason}`, { details: { plugin: id } });
    }
    return this.#container.get<T>(id);
  }

  /** What all started plugins of a type gave, in the order of their start. */
  all<T extends PluginType>(type: T): readonly PluginInstances[T][] {
    return this.#open ? this.#container.all(type) : [];
  }

  /** Disposing twice is harmless. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  /** Those whose manifests are sound; the others get their reports. */
  async #admit(plugins: readonly PluginManifest[]): Promise<readonly PluginManifest[]> {
    const admitted = new Map<string, PluginManifest>();
    for (const manifest of plugins) {
      const source = this.#sourceOf(manifest);
      const flaw = await flawOfManifest(manifest);
      const first = admitted.get(manifest?.id);
      if (flaw) this.#refuse(manifest, source, flaw);
      else if (first) this.#refuse(manifest, source, this.#duplicateOf(first));
      else admitted.set(manifest.id, manifest);
    }
    return [...admitted.values()];
  }

  #sourceOf(manifest: PluginManifest): string {
    return this.#options.sources?.get(manifest) ?? '';
  }

  #duplicateOf(first: PluginManifest): string {
    const source = this.#sourceOf(first);
    return `another plugin has this ID${source === '' ? '' : `, ${source}`}: name it once`;
  }

  #refuse(manifest: Partial<PluginManifest> | undefined, source: string, reason: string): void {
    this.#reports.push({
      id: String(manifest?.id),
      type: manifest?.type ?? '',
      version: String(manifest?.version ?? ''),
      apiVersion: String(manifest?.apiVersion ?? ''),
      source,
      requires: [],
      status: 'error',
      reason,
      notes: [],
      capabilities: [],
      durationMs: 0,
    });
  }

  /** The last report of an ID: of two with one ID, that of the one which counts. */
  #reportOf(id: string): PluginReport | undefined {
    return this.#reports.findLast((report) => report.id === id);
  }

  #blockedBy({ requires = [] }: PluginManifest): Blocked | undefined {
    for (const id of requires) {
      const required = this.#reportOf(id);
      if (!required) return { status: 'error', reason: `it requires ${id}, which is not among the plugins` };
      if (required.status !== 'ok') {
        return {
          status: required.status,
          reason: `it requires ${id}, which is disabled: ${required.reason ?? required.status}`,
        };
      }
    }
    return undefined;
  }

  async #start(manifest: PluginManifest, blocked: Blocked | undefined): Promise<void> {
    const { id, type, version, apiVersion, requires = [], capabilities = [] } = manifest;
    const notes: Note[] = [];
    const began = this.#now();
    let configHash: string | undefined;
    const configured = (config: unknown) => {
      configHash = configHashOf(config);
    };
    const { status, reason } = blocked ?? (await this.#tryStart(manifest, (note) => notes.push(note), configured));
    this.#reports.push({
      id,
      type,
      version,
      apiVersion,
      source: this.#sourceOf(manifest),
      requires,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...reportedNotes(notes),
      capabilities,
      durationMs: blocked ? 0 : Math.max(0, this.#now() - began),
      ...(configHash !== undefined && { configHash }),
    });
  }

  async #tryStart(
    manifest: PluginManifest,
    note: (note: Note) => void,
    configured: (config: unknown) => void,
  ): Promise<Blocked> {
    const { id, type } = manifest;
    const { config = {}, stateDir, rootDir, makeFolders = true } = this.#options;
    const controller = new AbortController();
    try {
      const instance = await startPlugin(manifest, {
        config: Object.hasOwn(config, id) ? config[id] : undefined,
        stateDir,
        rootDir,
        makeFolders,
        timeLimit: this.#timeLimit,
        note,
        configured,
        signal: controller.signal,
      });
      this.#container.bind(type, id, instance);
      this.#started.push({ id, controller });
      return { status: 'ok' };
    } catch (error) {
      controller.abort(error);
      return { status: statusOf(error), reason: errorMessageOf(error) };
    }
  }

  async #dispose(): Promise<void> {
    this.#open = false;
    for (const { id, controller } of this.#started.toReversed()) {
      controller.abort(new CancelledError('the plugin registry is disposed of'));
      try {
        await withTimeLimit(this.#container.unbind(id), this.#timeLimit, `the disposal of plugin ${id}`);
      } catch (error) {
        this.#disposalFailures.push({ id, reason: errorMessageOf(error) });
      }
    }
  }

  /** Milliseconds. */
  #now(): number {
    return Number(timestampToNanos(this.#options.clock.now())) / 1e6;
  }
}

/** By name: a plugin may have a copy of @shiplog/core of its own, and so another SkipPlugin. */
function statusOf(error: unknown): PluginStatus {
  return error instanceof Error && error.name === 'SkipPlugin' ? 'skip' : 'error';
}

function reportedNotes(notes: readonly Note[]): Pick<PluginReport, 'notes' | 'moreNotes'> {
  const late = notes.filter((note) => typeof note === 'function');
  const moreNotes = async () => (await Promise.all(late.map((find) => find()))).flat();
  return { notes: notes.filter((note) => typeof note === 'string'), ...(late.length > 0 && { moreNotes }) };
}
