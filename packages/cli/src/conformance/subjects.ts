/** From what the user names to the rules that it has to keep. */
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
  FailedPreconditionError,
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
 * @param own the module's own way to be checked
 * @throws what keeps it from being checked, which is so said once, and not by every rule
 */
export async function checkable(
  manifest: PluginManifest,
  configuration: Configuration,
  own: unknown,
): Promise<Checkable> {
  const { id, type, capabilities } = manifest;
  const ownHarness = typeof own === 'function' ? (own as OwnHarness) : undefined;
  const open = async <H>(otherwise: (plugin: PluginUnderTest<never>) => Promise<H>): Promise<H> => {
    if (ownHarness) return (await ownHarness(manifest)) as H;
    return otherwise({ manifest, configuration } as PluginUnderTest<never>);
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
export function manifestOf(id: string, { plugins, refused = [] }: Configuration): PluginManifest {
  const manifest = plugins.find((plugin) => plugin.id === id);
  if (manifest) return manifest;
  const known = plugins.map((plugin) => plugin.id).join(', ');
  const lost = refused.map(({ source, reason }) => `; ${source} could not be loaded: ${reason}`).join('');
  throw new NotFoundError(`there is no plugin ${id}; there are: ${known}, and ${eventLogName}${lost}`);
}

/**
 * Starts it once, so that what keeps it from starting is said once, and not by every rule.
 *
 * @throws FailedPreconditionError saying why it does not start on this host
 */
export async function assertStarts(
  manifest: PluginManifest,
  { plugins, config }: Configuration,
  folder: string,
): Promise<void> {
  await using registry = await PluginRegistry.start({
    plugins: [manifest, ...plugins.filter(({ id }) => id !== manifest.id)],
    stateDir: `${folder}/state`,
    rootDir: `${folder}/root`,
    clock: new SystemClock(),
    ...(config && { config }),
  });
  const report = registry.reports.findLast(({ id }) => id === manifest.id);
  if (report?.status === 'ok') return;
  throw new FailedPreconditionError(`plugin ${manifest.id} does not start on this host: ${report?.reason}`);
}
