/** The composition root: opens a root, starts the plugins, and puts the runtime around them. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Archived, type ArchiveOptions, archiveRecords } from './audit/archive.js';
import { type BackedUp, type BackupOptions, backUp } from './audit/backup.js';
import { removeLeftFiles } from './audit/left-files.js';
import { backendsOf, registryOptions } from './backends-of.js';
import type { EventLog } from './event-log/event-log.js';
import { LmdbEventLog } from './event-log/lmdb-event-log.js';
import { archivesFolder } from './event-log/log-base.js';
import { Subscriptions } from './event-log/subscriptions.js';
import { type FeedOptions, feedPlugins } from './feeds.js';
import type { CallContext } from './kernel/call-context.js';
import { type Clock, SystemClock } from './kernel/clock.js';
import { FailedPreconditionError, InvalidArgumentError } from './kernel/errors.js';
import { type ProcessTable, ProcFsProcessTable } from './kernel/process-identity.js';
import { MountManager } from './mount/mount-manager.js';
import { pluginProjection, recordDisposals, recordOutcomes } from './plugin/plugin-events.js';
import type { OnFailure, PluginReport } from './plugin/plugin-report.js';
import { PluginRegistry, type PluginRegistryOptions } from './plugin/registry.js';
import { type AsOf, asOf, type Point } from './projections/as-of.js';
import { SnapshotKeeper } from './projections/snapshot-keeper.js';
import { taskProjection } from './projections/task-projection.js';
import { actorOf } from './runtime/actor.js';
import type { Call } from './runtime/call.js';
import { type Engine, isOwnTask } from './runtime/execute.js';
import { ExitWatch } from './runtime/exit-watch.js';
import { makeOwnFolder } from './runtime/folders.js';
import { LiveEvents } from './runtime/live-events.js';
import { Retries } from './runtime/retries.js';
import { settleLater, settleRequest } from './runtime/settle.js';
import { StateFolder } from './runtime/state-folder.js';
import { StreamChanges } from './runtime/stream-changes.js';
import { TaskManager } from './runtime/task-manager.js';
import { type RuntimeScope, TaskScope } from './runtime/task-scope.js';

export const defaultRoot = '/var/lib/shiplog';
export const defaultStateDir = '/run/shiplog';

export interface ShiplogOptions
  extends Pick<PluginRegistryOptions, 'plugins' | 'sources' | 'refused' | 'config' | 'startTimeout'> {
  /** What must stay: the log, output. An absolute path; `/var/lib/shiplog` when absent. */
  readonly root?: string;
  /** What may vanish with a reboot: bundles. An absolute path, short (sockets live below it); `/run/shiplog` when absent. */
  readonly state?: string;
  /** The runtime of a task whose `CreateOpts` name none; the first one of the plugins when absent. */
  readonly defaultRuntime?: string;
  /** By plugin ID, what is to happen when it is not `ok` after the start; `continue` when absent. */
  readonly onFailure?: Readonly<Record<string, OnFailure>>;
  /**
   * Watch the exits of all live tasks from the start, not only of those that this process touches, and feed event sinks
   * and task monitors; true when absent. A short-lived program says false: whoever opens the root next records what it
   * did not see.
   */
  readonly hold?: boolean;
  /** Told of what went wrong beside all calls: an exit that could not be recorded, a task that could not be recovered, a
   * listener that threw. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
}

export type ArchiveOpts = Pick<ArchiveOptions, 'before' | 'onStep'> & Partial<Pick<ArchiveOptions, 'folder'>>;

export interface Shiplog extends AsyncDisposable {
  readonly runtime: TaskManager;
  readonly log: EventLog;
  /** What comes into the log from now on, by topic. */
  readonly events: LiveEvents;
  /** With names: the log keeps how far each has got, and goes on there after a crash. */
  readonly subscriptions: Subscriptions;
  readonly plugins: readonly PluginReport[];
  /**
   * What the log knew at a position, or at a time.
   *
   * @param point a position, or a time in RFC 3339: `2026-01-31T12:00:00Z`; `AsOf` says what a time means
   * @throws InvalidArgumentError for what is neither, is beyond the log's end, before its beginning, or to come
   */
  at(point: Point): Promise<AsOf>;
  /**
   * Moves the records before a point to compressed files, in `ROOT/archives` when no folder is given. What tasks need that
   * are there stays, and so does how those ended that are not.
   *
   * @throws InvalidArgumentError for a point that is none, or is to come
   * @throws FailedPreconditionError if a subscription has not read as far, somebody else archives, the folder is open to
   * others, or a record is not what was appended
   * @throws UnavailableError if the folder or the log cannot be written; what was moved by then is moved, all else stays
   */
  archive(options: ArchiveOpts, context?: CallContext): Promise<Archived>;
  /**
   * Copies the log, as it is at one moment, and the archives to a new folder, which is a root itself. Others go on working.
   * Output and state of tasks are not in it.
   *
   * @throws InvalidArgumentError if the folder is no absolute path
   * @throws AlreadyExistsError if it is there
   * @throws UnavailableError if it cannot be written; nothing of it stays
   */
  backup(options: BackupOptions, context?: CallContext): Promise<BackedUp>;
  /**
   * Feeds event sinks and task monitors, for a program that does not `hold`.
   *
   * @throws UnavailableError with `once`, if a sink does not take what it is given
   */
  feed(options: FeedOptions): Promise<void>;
}

/**
 * @throws InvalidArgumentError if a folder is no absolute path
 * @throws UnavailableError if a folder or the log cannot be used
 * @throws FailedPreconditionError if a folder is open to others, the state folder belongs to another root or to another pid
 * namespace, or a plugin whose `onFailure` is `abort` did not start
 */
export async function openShiplog(options: ShiplogOptions): Promise<Shiplog> {
  const { root = defaultRoot, state = defaultStateDir, clock = new SystemClock(), hold = true } = options;
  const onError = options.onError ?? (() => undefined);
  makeOwnFolder('root', root);
  makeOwnFolder('state folder', state);
  await using opened = new AsyncDisposableStack();
  const projections = [taskProjection, pluginProjection];
  const log = opened.use(await LmdbEventLog.open(join(root, 'log'), { projections, clock }));
  opened.use(new SnapshotKeeper(log, onError));
  const processes = options.processes ?? new ProcFsProcessTable();
  const subscriptions = opened.use(new Subscriptions(log, { clock, processes }));
  const isOurs = (namespace: string, task: string) => isOwnTask(log, processes, { namespace, task });
  const stateFolder = new StateFolder(state, { origin: log.origin, root, isOurs });
  stateFolder.claim();
  const registry = await startPlugins(options, { log, clock, root, state, hold, onError }, opened);
  const closed = new AbortController();
  opened.defer(() => closed.abort());
  for (const id of registry.unusedConfig) {
    onError(new InvalidArgumentError(`the configuration has a section ${id}, but there is no such plugin`));
  }
  const events = opened.use(new LiveEvents(log, onError));
  const changes = opened.use(new StreamChanges(log, events));
  const engine: Engine = {
    log,
    clock,
    changes,
    processes,
    stateFolder,
    backends: backendsOf(registry, root, state, options.defaultRuntime),
    closed: closed.signal,
    onError,
    settle: (call, request) => settleRequest(scopeOf(call), call, request),
    settleLater: (call, requestId) => settleLater(scopeOf(call), call, requestId),
    retries: opened.use(new Retries(onError)),
  };
  const exits = opened.use(new ExitWatch(engine));
  const mounts = new MountManager({ handlers: registry.all('mount-handler') });
  const scope: RuntimeScope = { engine, exits, mounts, logDrivers: registry.all('log-driver') };
  const scopeOf = ({ stream }: Call) => new TaskScope(scope, stream.namespace, stream.task);
  const runtime = new TaskManager(scope);
  await runtime.recover({ hold });
  await removeLeftFiles(log, root).catch(onError);
  const feed = (feeding: FeedOptions) => feedPlugins({ log, registry, runtime, subscriptions, onError }, feeding);
  if (hold) {
    const ended = new AbortController();
    const feeding = feed({ signal: ended.signal }).catch(onError);
    opened.defer(async () => {
      ended.abort();
      await feeding;
    });
  }
  const resources = opened.move();
  const at = (point: Point) => asOf(log, point, { clock });
  const archive = (archiving: ArchiveOpts, { actor }: CallContext = {}) => {
    const who = actorOf(actor, actor?.requestId ?? randomUUID());
    return archiveRecords({ log, clock, root, actor: who }, { folder: join(root, archivesFolder), ...archiving });
  };
  const backup = (options: BackupOptions, { actor }: CallContext = {}) =>
    backUp({ log, clock, processes, root, actor: actorOf(actor, actor?.requestId ?? randomUUID()) }, options);
  return {
    ...{ runtime, log, events, subscriptions, at, archive, backup, feed },
    plugins: registry.reports,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

interface Surroundings {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly root: string;
  readonly state: string;
  readonly hold: boolean;
  readonly onError: (error: unknown) => void;
}

/** What becomes of them, and of their disposal, is in the log. */
async function startPlugins(
  options: ShiplogOptions,
  { log, clock, root, state, hold: all, onError }: Surroundings,
  opened: AsyncDisposableStack,
): Promise<PluginRegistry> {
  const registry = await PluginRegistry.start(registryOptions(options, { root, state, clock }));
  opened.defer(async () => {
    const started = registry.reports.filter(({ status }) => status === 'ok').map(({ id }) => id);
    await registry[Symbol.asyncDispose]();
    for (const { id, reason } of registry.disposalFailures) {
      onError(new FailedPreconditionError(`plugin ${id} could not be disposed of: ${reason}`));
    }
    await recordDisposals(log, clock, started, registry.disposalFailures, { all }).catch(onError);
  });
  const { onFailure = {} } = options;
  // A disk that is full is no reason not to look at what is on it.
  await recordOutcomes(log, clock, registry.reports, { all }).catch(onError);
  for (const { id, status, reason } of registry.reports) {
    if (status === 'ok' || onFailure[id] !== 'abort') continue;
    throw new FailedPreconditionError(
      `plugin ${id} did not start, and its onFailure is abort: ${reason}; repair it, or let its onFailure be continue`,
      { details: { plugin: id } },
    );
  }
  return registry;
}
