/** The composition root: opens a root, starts the plugins, and puts the runtime around them. */
import { join } from 'node:path';
import type { EventLog } from './event-log/event-log.js';
import { LmdbEventLog } from './event-log/lmdb-event-log.js';
import { Subscriptions } from './event-log/subscriptions.js';
import { type Clock, SystemClock } from './kernel/clock.js';
import { InvalidArgumentError } from './kernel/errors.js';
import { type ProcessTable, ProcFsProcessTable } from './kernel/process-identity.js';
import { MountManager } from './mount/mount-manager.js';
import type { PluginManifest } from './plugin/manifest.js';
import type { PluginReport } from './plugin/plugin-report.js';
import { PluginRegistry } from './plugin/registry.js';
import { type AsOf, asOf, type Point } from './projections/as-of.js';
import { SnapshotKeeper } from './projections/snapshot-keeper.js';
import { taskProjection } from './projections/task-projection.js';
import { type Backend, Backends } from './runtime/backends.js';
import type { Engine } from './runtime/execute.js';
import { ExitWatch } from './runtime/exit-watch.js';
import { bindState, makeOwnFolder } from './runtime/folders.js';
import { LiveEvents } from './runtime/live-events.js';
import { settleRequest } from './runtime/settle.js';
import { StreamChanges } from './runtime/stream-changes.js';
import { TaskManager } from './runtime/task-manager.js';
import { type RuntimeScope, TaskScope } from './runtime/task-scope.js';

export const defaultRoot = '/var/lib/shiplog';
export const defaultStateDir = '/run/shiplog';

export interface ShiplogOptions {
  readonly plugins: readonly PluginManifest[];
  /** What must stay: the log, output. An absolute path; `/var/lib/shiplog` when absent. */
  readonly root?: string;
  /** What may vanish with a reboot: bundles. An absolute path, short (sockets live below it); `/run/shiplog` when absent. */
  readonly state?: string;
  /** The runtime of a task whose `CreateOpts` name none; the first one of the plugins when absent. */
  readonly defaultRuntime?: string;
  /** A section for each plugin that needs one, by plugin ID. */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * Watch the exits of all live tasks from the start, not only of those that this process touches; true when absent.
   * A short-lived program says false: whoever opens the root next records what it did not see.
   */
  readonly hold?: boolean;
  /** Told of what went wrong beside all calls: an exit that could not be recorded, a task that could not be recovered, a
   * listener that threw. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
}

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
}

/**
 * @throws InvalidArgumentError if a folder is no absolute path
 * @throws UnavailableError if a folder or the log cannot be used
 * @throws FailedPreconditionError if a folder is open to others, or the state folder belongs to another root
 */
export async function openShiplog(options: ShiplogOptions): Promise<Shiplog> {
  const { root = defaultRoot, state = defaultStateDir, clock = new SystemClock() } = options;
  const onError = options.onError ?? (() => undefined);
  await makeOwnFolder('root', root);
  await makeOwnFolder('state folder', state);
  await using opened = new AsyncDisposableStack();
  const log = opened.use(await LmdbEventLog.open(join(root, 'log'), { projections: [taskProjection], clock }));
  opened.use(new SnapshotKeeper(log, onError));
  const processes = options.processes ?? new ProcFsProcessTable();
  const subscriptions = opened.use(new Subscriptions(log, { clock, processes }));
  await bindState(state, log.origin, root);
  const registry = opened.use(
    await PluginRegistry.start({
      plugins: options.plugins,
      stateDir: state,
      rootDir: root,
      clock,
      ...(options.config && { config: options.config }),
    }),
  );
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
    backends: backendsOf(registry, root, state, options.defaultRuntime),
    closed: closed.signal,
    onError,
    settle: (call, request) => settleRequest(scopeOf(call.stream.namespace, call.stream.task), call, request),
  };
  const exits = opened.use(new ExitWatch(engine));
  const scope: RuntimeScope = { engine, exits, mounts: new MountManager({ handlers: registry.all('mount-handler') }) };
  const scopeOf = (...[namespace, task]: [TaskScope['namespace'], TaskScope['id']]) =>
    new TaskScope(scope, namespace, task);
  const runtime = new TaskManager(scope);
  await runtime.recover({ hold: options.hold ?? true });
  const resources = opened.move();
  const at = (point: Point) => asOf(log, point, { clock });
  return {
    ...{ runtime, log, events, subscriptions, at },
    plugins: registry.reports,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function backendsOf(registry: PluginRegistry, root: string, state: string, defaultRuntime?: string): Backends {
  const backends = new Map<string, Backend>();
  const absent = new Map<string, string>();
  for (const { id, type, version, status, reason, configHash } of registry.reports) {
    if (type !== 'runtime') continue;
    if (status !== 'ok') absent.set(id, reason ?? status);
    else {
      backends.set(id, {
        runtime: registry.get('runtime', id),
        version,
        configHash,
        stateDir: join(state, id),
        rootDir: join(root, 'plugins', id),
      });
    }
  }
  return new Backends(backends, absent, defaultRuntime);
}
