/** From what the user names to the rules that it has to keep. */
import { basename, isAbsolute, resolve } from 'node:path';
import {
  type EventLogSubject,
  eventLogSubject,
  eventLogSuite,
  type LogDriverHarness,
  logDriverSubject,
  logDriverSuite,
  type MountHarness,
  mountSubject,
  mountSuite,
  type RuleResult,
  type RunSuiteOptions,
  type RuntimeHarness,
  runSuite,
  runtimeSubject,
  runtimeSuite,
  type SinkHarness,
  type Subject,
  type Suite,
  sinkSubject,
  sinkSuite,
  type TaskMonitorHarness,
  taskMonitorSubject,
  taskMonitorSuite,
} from '@shiplog/conformance/rules';
import {
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  type PluginManifest,
  PluginRegistry,
  SystemClock,
} from '@shiplog/core';
import type { Configuration } from '../config/configuration.js';
import {
  needsHarness,
  openEventLog,
  openMountHandler,
  openRuntime,
  openTaskMonitor,
  type PluginUnderTest,
} from './harnesses.js';

/** What has rules, and gives their results one by one. */
export interface Checkable {
  readonly name: string;
  check(options: RunSuiteOptions): AsyncGenerator<RuleResult>;
}

/** Shiplog's own log by name, beside the plugins. */
export const eventLogName = 'event-log';

export const eventLog: Checkable = {
  name: eventLogName,
  check: (options) =>
    runSuite(eventLogSuite, eventLogSubject({ open: openEventLog } satisfies EventLogSubject), options),
};

/** What a plugin's module may export as `conformance`: the harness of its type. */
type OwnHarness = (plugin: PluginManifest) => Promise<unknown>;

/**
 * @param options.own the module's own way to be checked
 * @param options.driven which of those that it drives is checked
 * @throws what keeps it from being checked, which is so said once, and not by every rule
 */
export async function checkable(
  manifest: PluginManifest,
  configuration: Configuration,
  { own, driven }: { readonly own?: unknown; readonly driven?: string | undefined },
): Promise<Checkable> {
  const { type, capabilities } = manifest;
  const id = driven ?? manifest.id;
  const ownHarness = typeof own === 'function' ? (own as OwnHarness) : undefined;
  const open = async <H>(otherwise: (plugin: PluginUnderTest<never>) => Promise<H>): Promise<H> => {
    if (ownHarness) return (await ownHarness(manifest)) as H;
    return otherwise({ manifest, configuration, ...(driven !== undefined && { driven }) } as PluginUnderTest<never>);
  };
  switch (type) {
    case 'runtime': {
      const subject = runtimeSubject({
        capabilities: capabilities ?? [],
        open: () => open<RuntimeHarness>(openRuntime),
      });
      return checkableOf(id, runtimeSuite, subject);
    }
    case 'mount-handler': {
      const subject = mountSubject({ open: () => open<MountHarness>(openMountHandler) });
      return checkableOf(id, mountSuite, subject);
    }
    case 'event-sink': {
      const needed = needsHarness(manifest, 'only it knows its other end');
      const subject = sinkSubject({ open: () => open<SinkHarness>(() => Promise.reject(needed)) });
      return checkableOf(id, sinkSuite, subject);
    }
    case 'log-driver': {
      const needed = needsHarness(manifest, 'only it knows which URIs make sense');
      const subject = logDriverSubject({ open: () => open<LogDriverHarness>(() => Promise.reject(needed)) });
      return checkableOf(id, logDriverSuite, subject);
    }
    case 'task-monitor': {
      const subject = taskMonitorSubject({ open: () => open<TaskMonitorHarness>(openTaskMonitor) });
      return checkableOf(id, taskMonitorSuite, subject);
    }
  }
}

async function checkableOf<B>(name: string, suite: Suite<B>, subject: Subject<B>): Promise<Checkable> {
  await (await subject.open()).close();
  return { name, check: (options) => runSuite(suite, subject, options) };
}

/** @throws NotFoundError if no plugin has that ID */
export function manifestOf(id: string, configuration: Configuration): PluginManifest {
  const manifest = configuration.plugins.find((plugin) => plugin.id === id);
  if (manifest) return manifest;
  throw noPlugin(id, configuration, '');
}

function noPlugin(id: string, { plugins, refused = [] }: Configuration, more: string): NotFoundError {
  const known = plugins.map((plugin) => plugin.id).join(', ');
  const lost = refused.map(({ source, reason }) => `; ${source} could not be loaded: ${reason}`).join('');
  return new NotFoundError(`there is no plugin ${id}; there are: ${known}, and ${eventLogName}${more}${lost}`);
}

/**
 * Starts it once, so that what keeps it from starting is said once, and not by every rule.
 *
 * @param driven which of those that it drives is to be checked
 * @throws FailedPreconditionError saying why it does not start on this host
 * @throws InvalidArgumentError if it drives others, and none is named
 * @throws NotFoundError if the one that is named is not there
 */
export async function assertStarts(
  manifest: PluginManifest,
  configuration: Configuration,
  folder: string,
  driven?: string,
): Promise<void> {
  const { id, type } = manifest;
  await using registry = await start(manifest, configuration, folder);
  const report = registry.reports.findLast((each) => each.id === id);
  if (report?.status !== 'ok') {
    throw new FailedPreconditionError(`plugin ${id} does not start on this host: ${report?.reason}`);
  }
  const drives = type === 'runtime' ? registry.get('runtime', id).driven : undefined;
  if (!drives) return;
  if (driven === undefined) {
    throw new InvalidArgumentError(`${id} runs nothing itself: name what it is to run, by its ID or its absolute path`);
  }
  try {
    drives.assertThere(driven);
  } catch (error) {
    if (isAbsolute(driven)) throw error;
    throw noPlugin(driven, configuration, `; nor is it a shim: ${errorMessageOf(error)}`);
  }
}

/** The runtime that is meant, where it is no plugin but a containerd shim: its ID or its absolute path. */
export function shimMeant(name: string, { plugins }: Configuration): string | undefined {
  if (name.includes('/')) return basename(name).startsWith('containerd-shim-') ? resolve(name) : undefined;
  return name.startsWith('io.containerd.') && !plugins.some(({ id }) => id === name) ? name : undefined;
}

function start(
  manifest: PluginManifest,
  { plugins, config, startTimeout }: Configuration,
  folder: string,
): Promise<PluginRegistry> {
  return PluginRegistry.start({
    plugins: [manifest, ...plugins.filter(({ id }) => id !== manifest.id)],
    stateDir: `${folder}/state`,
    rootDir: `${folder}/root`,
    clock: new SystemClock(),
    ...(config && { config }),
    ...(startTimeout !== undefined && { startTimeout }),
  });
}
