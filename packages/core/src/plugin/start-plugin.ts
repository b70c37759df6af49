import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { FailedPreconditionError } from '../kernel/errors.js';
import { checkConfig } from './check-config.js';
import { flawOfInstance } from './check-manifest.js';
import type { Note, PluginContext, PluginInstances, PluginManifest, PluginType } from './manifest.js';
import { dispose } from './plugin-container.js';
import { withTimeLimit } from './time-limit.js';

export interface StartOptions {
  /** As the user wrote it; undefined if there is none. */
  readonly config: unknown;
  /** The registry's; the plugin gets a folder of its own in it. */
  readonly stateDir: string;
  readonly rootDir: string;
  /** Whether the two folders are made where they are not there. */
  readonly makeFolders: boolean;
  /** Milliseconds. */
  readonly timeLimit: number;
  readonly note: (note: Note) => void;
  /** Told of the configuration that was checked. */
  readonly configured: (config: unknown) => void;
  readonly signal: AbortSignal;
}

/**
 * Checks the config, makes the folders, calls `init` and looks at what it gave.
 *
 * @throws whatever went wrong, SkipPlugin among it
 */
export async function startPlugin(manifest: PluginManifest, options: StartOptions): Promise<StartedInstance> {
  const work = initialise(manifest, options);
  try {
    return await withTimeLimit(work, options.timeLimit, `the start of plugin ${manifest.id}`);
  } catch (error) {
    // What comes after the time limit belongs to nobody, and may hold a socket or a process.
    work.then(dispose).catch(() => undefined);
    throw error;
  }
}

type StartedInstance = PluginInstances[PluginType];

async function initialise(manifest: PluginManifest, options: StartOptions): Promise<StartedInstance> {
  const { id, type } = manifest;
  const config = await checkConfig(manifest, options.config);
  options.configured(config);
  const context: PluginContext<unknown> = {
    config,
    stateDir: path.join(options.stateDir, id),
    rootDir: path.join(options.rootDir, 'plugins', id),
    note: options.note,
    signal: options.signal,
  };
  const folders = options.makeFolders ? [context.stateDir, context.rootDir] : [];
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const instance = await manifest.init(context);
  const flaw = flawOfInstance(type, instance);
  if (flaw) throw new FailedPreconditionError(flaw, { details: { plugin: id } });
  return instance;
}
