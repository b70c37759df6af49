/** What the rules are checked on, where a plugin brings nothing of its own for that. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  busyboxMissing,
  busyboxRootfs,
  type EventLogHarness,
  type MountHarness,
  type MountSample,
  type RuntimeHarness,
  type TaskMonitorHarness,
} from '@shiplog/conformance/rules';
import {
  FailedPreconditionError,
  LmdbEventLog,
  makeFolders,
  type PlatformRuntime,
  type PluginInstances,
  type PluginManifest,
  PluginRegistry,
  type Projection,
  SystemClock,
} from '@shiplog/core';
import { buildSpec, findProgram, runCommand } from '@shiplog/oci';
import type { Configuration } from '../config/configuration.js';

/** A plugin, with all that it may require. */
export interface PluginUnderTest<T extends keyof PluginInstances = keyof PluginInstances> {
  readonly manifest: PluginManifest<T>;
  readonly configuration: Configuration;
  /** Of a runtime that drives others: which one it is to drive, by ID or absolute path. */
  readonly driven?: string;
}

const ownerOnly = 0o700;

interface Place extends AsyncDisposable {
  readonly folder: string;
  start<T extends keyof PluginInstances>(plugin: PluginUnderTest<T>): Promise<PluginInstances[T]>;
}

/** A folder of its own, in which a plugin may be started as often as one likes. */
async function openPlace(): Promise<Place> {
  await using opened = new AsyncDisposableStack();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shiplog-conf-')));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const kept = opened.move();
  return {
    folder,
    async start({ manifest, configuration }) {
      const { plugins, config, startTimeout } = configuration;
      const registry = kept.use(
        await PluginRegistry.start({
          plugins: [manifest, ...plugins.filter(({ id }) => id !== manifest.id)],
          stateDir: join(folder, 'state'),
          rootDir: join(folder, 'root'),
          clock: new SystemClock(),
          ...(config && { config }),
          ...(startTimeout !== undefined && { startTimeout }),
        }),
      );
      return registry.get(manifest.type, manifest.id);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The fifos that the rules ask for: programs are started by @shiplog/oci alone, and that takes a promise. */
const fifos = ['out', 'err', 'unread', 'exec-in', 'exec-out', 'task-in', 'task-out'];

export async function openRuntime(plugin: PluginUnderTest<'runtime'>): Promise<RuntimeHarness> {
  if (busyboxMissing !== undefined) throw new FailedPreconditionError(busyboxMissing);
  const place = await openPlace();
  const { folder } = place;
  const rootfs = busyboxRootfs(join(folder, 'rootfs'));
  const made = join(folder, 'fifos');
  mkdirSync(made);
  const paths = fifos.map((name) => join(made, name));
  await runCommand({ file: findProgram('mkfifo') ?? 'mkfifo', args: paths }, { stdout: 'ignore' });
  const start = async () => driving(await place.start(plugin), plugin.driven);
  return {
    runtime: await start(),
    again: start,
    folder: made,
    spec: (args) => {
      const spec = buildSpec({ rootfs, args: ['replaced'] });
      return { ...spec, process: { ...spec.process, args } };
    },
    makeFifo: () => {},
    makeBundle: async (namespace, id) => {
      makeFolders(join(folder, 'state', plugin.manifest.id, namespace, id, 'rootfs'), ownerOnly);
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** The rules name no runtime when they create a task. */
function driving(driver: PlatformRuntime, runtime: string | undefined): PlatformRuntime {
  if (runtime === undefined) return driver;
  return {
    id: driver.id,
    create: (id, opts, context) => driver.create(id, { ...opts, runtime }, context),
    get: (id, context) => driver.get(id, context),
    tasks: (opts, context) => driver.tasks(opts, context),
    delete: (id, context) => driver.delete(id, context),
  };
}

/** @throws FailedPreconditionError if none of its types is one that everybody knows */
export async function openMountHandler(plugin: PluginUnderTest<'mount-handler'>): Promise<MountHarness> {
  const place = await openPlace();
  const { folder } = place;
  const handler = await place.start(plugin);
  const [source, other] = [join(folder, 'source'), join(folder, 'other')];
  for (const path of [source, other]) mkdirSync(path);
  writeFileSync(join(source, 'hello'), '');
  const known: readonly MountSample[] = [
    { type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
    { type: 'bind', source, options: ['ro'], shows: ['hello'] },
    { type: 'overlay', source: 'overlay', options: [`lowerdir=${source}:${other}`], shows: ['hello'] },
  ];
  const samples = known.filter(({ type }) => handler.types.includes(type));
  if (samples.length === 0) {
    await place[Symbol.asyncDispose]();
    throw needsHarness(plugin.manifest, `nobody else knows how to mount ${handler.types.join(', ')}`);
  }
  return { handler, folder, samples, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

/** What nothing shows of it is not asked for: which tasks it watches. */
export async function openTaskMonitor(plugin: PluginUnderTest<'task-monitor'>): Promise<TaskMonitorHarness> {
  const place = await openPlace();
  return { monitor: await place.start(plugin), [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

export function needsHarness({ id }: PluginManifest, why: string): FailedPreconditionError {
  return new FailedPreconditionError(
    `plugin ${id} cannot be checked without its help: ${why}; let its module export \`conformance\`, see docs/plugins.md`,
  );
}

/** Shiplog's own log, on this host's disk. */
export async function openEventLog({
  projections,
}: {
  readonly projections: readonly Projection[];
}): Promise<EventLogHarness> {
  await using opened = new AsyncDisposableStack();
  const place = opened.use(await openPlace());
  const open = () => LmdbEventLog.open(join(place.folder, 'log'), { projections });
  const log = opened.use(await open());
  const kept = opened.move();
  return { log, again: open, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
