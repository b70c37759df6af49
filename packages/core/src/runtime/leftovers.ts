/**
 * What tasks that are no more have left on the host. It is found by name, judged by the log, and taken away as an effect
 * between its request and its outcome (P3).
 *
 *  F1  Only what the log knows to be over is taken away: what it never heard of may be somebody else's, or the log may be
 *      an old copy.
 *  F2  A program that was started and still runs is told of, and never ended.
 *  F3  From the request to the outcome the name is ours: nobody creates a task in what is being removed.
 *  F4  What could not be taken away is tried again only when somebody asks for it: an opening must not fill the log.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EventLog, LogRecord, StreamId } from '../event-log/event-log.js';
import { FailedPreconditionError, UnavailableError } from '../kernel/errors.js';
import { type Namespace, parseNamespace, parseTaskId, type RuntimeId, type TaskId } from '../kernel/identifiers.js';
import type { MountManager } from '../mount/mount-manager.js';
import { liveStreams, taskKey } from '../projections/task-projection.js';
import type { TaskEventOf } from '../task/events.js';
import { isGone } from '../task/state.js';
import type { Backend } from './backends.js';
import { backendContext, type Call, callOn } from './call.js';
import { type Engine, load } from './execute.js';
import { done, newRequest, perform } from './perform.js';
import { assertNoLinks, removeTaskFolders, taskFolders } from './task-folders.js';
import type { RuntimeScope } from './task-scope.js';
import type { Trace, TraceKind } from './traces.js';
import { unlessNotFound } from './unless-not-found.js';

/** All that is left of one name on the ground of one runtime. */
export interface Leftovers {
  readonly namespace: Namespace;
  readonly task: TaskId;
  readonly runtime: RuntimeId;
  readonly traces: readonly Trace[];
  /** Of the name's stream; 0 where the log never heard of it (F1). */
  readonly version: number;
  /** A program of it still runs (F2). */
  readonly runs: boolean;
}

/** What finding takes; a process that has the root open has more. */
export interface Ground {
  readonly engine: Pick<Engine, 'log' | 'backends'>;
  readonly mounts: MountManager;
}

export interface LookOpts {
  /** Also for what takes reading all of /proc to find. */
  readonly thorough: boolean;
}

/** Nothing is changed. Names are taken from the host first, and what the log says of them is read behind that. */
export async function findLeftovers(
  scope: Ground,
  opts: LookOpts,
  onError: (error: unknown) => void,
): Promise<readonly Leftovers[]> {
  const found: Leftovers[] = [];
  for (const { id, backend } of scope.engine.backends.all()) {
    // A runtime that cannot be looked through hides nothing of the others (P8).
    try {
      found.push(...(await leftOn(scope, id, backend, opts)));
    } catch (error) {
      onError(error);
    }
  }
  return found;
}

async function leftOn(
  scope: Ground,
  runtime: RuntimeId,
  backend: Backend,
  opts: LookOpts,
): Promise<readonly Leftovers[]> {
  const { log } = scope.engine;
  const head = log.head();
  const folders = [...tracesIn(backend.stateDir, 'bundle'), ...tracesIn(backend.rootDir, 'output')];
  let live: ReadonlySet<string> | undefined;
  const isLeft = (stream: StreamId): boolean => {
    live ??= new Set(liveStreams(log).map(taskKey));
    return !live.has(taskKey(stream));
  };
  const traces = [...folders.filter(isLeft), ...((await backend.runtime.traces?.({ ...opts, wanted: isLeft })) ?? [])];
  const byName = Map.groupBy(traces, taskKey);
  return [...byName.values()].flatMap((of): Leftovers[] => {
    const [{ namespace, task }] = of as [Trace];
    const { version, state } = load(log, { namespace, task });
    // Somebody is at it, or has been since: what was listed may be gone.
    if (!isGone(state) || state.cleaning || (lastOf(log, { namespace, task })?.position ?? 0) > head) return [];
    const mounted = scope.mounts.mountPoints(taskFolders(backend, { namespace, task }).bundle);
    const mounts = mounted.map((what): Trace => ({ namespace, task, kind: 'mount', what }));
    const runs = of.some(({ kind }) => kind === 'program');
    return [{ namespace, task, runtime, traces: [...of, ...mounts], version, runs }];
  });
}

/** `FOLDER/NAMESPACE/TASK`. Names that are no identifiers are a backend's own, and so are links. */
function tracesIn(folder: string, kind: 'bundle' | 'output'): readonly Trace[] {
  return foldersIn(folder, parseNamespace).flatMap((namespace) =>
    foldersIn(join(folder, namespace), parseTaskId).map((task): Trace => {
      return { namespace, task, kind, what: join(folder, namespace, task) };
    }),
  );
}

function foldersIn<T extends string>(path: string, parse: (name: string) => T): readonly T[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    try {
      return entry.isDirectory() ? [parse(entry.name)] : [];
    } catch {
      return [];
    }
  });
}

/** Whether recovery may take it away (F1, F2). */
export function mayClean({ version, runs }: Leftovers): boolean {
  return version > 0 && !runs;
}

/**
 * Nothing, if somebody else has done it since it was found.
 *
 * @throws whatever keeps something of it on the host; the failure is in the log by then
 */
export async function cleanLeftovers(scope: RuntimeScope, call: Call, left: Leftovers): Promise<void> {
  const { engine } = scope;
  const { runtime, version: ifVersion } = left;
  const found = left.traces.map(({ kind, what }) => `${kind} ${what}`);
  await perform(engine, call, {
    request: { type: 'CleanUp', ...newRequest(engine, call), runtime, found },
    ifVersion,
    run: () => removeTraces(scope, { runtime, found }, call),
    outcome: done,
  });
}

/** What a request to clean up says of where and what. */
export type Wanted = Pick<TaskEventOf<'/recovery/clean-requested'>, 'runtime' | 'found'>;

const inStateFolder: readonly TraceKind[] = ['bundle', 'mount', 'runtime-state', 'socket', 'fifo'];

/**
 * On whose ground it is.
 *
 * @throws NotFoundError if no plugin brings the runtime any more
 * @throws FailedPreconditionError if it was found in another state folder: here, everything of it would seem to be gone
 */
export function groundOf({ engine }: Pick<RuntimeScope, 'engine'>, { runtime, found }: Wanted): Backend {
  engine.stateFolder.assertOurs();
  const backend = engine.backends.plugin(runtime);
  for (const [kind, what] of found.map(parseFound)) {
    if (!inStateFolder.includes(kind as TraceKind) || isBelow(backend.stateDir, what)) continue;
    throw new FailedPreconditionError(`${what} is not in the state folder that is open; name the right one`, {
      details: { path: what },
    });
  }
  return backend;
}

/** By whatever names: the kernel has another one for a mount than we, where a link leads to the state folder (/var/run). */
function isBelow(folder: string, path: string): boolean {
  if (path.startsWith(`${folder}/`)) return true;
  const real = `${realPathOf(folder)}/`;
  return path.startsWith(real) || realPathOf(path).startsWith(real);
}

/** As far as it is there. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realPathOf(dirname(path)), basename(path));
  }
}

function parseFound(text: string): readonly [kind: string, what: string] {
  const end = text.indexOf(' ');
  return [text.slice(0, end), text.slice(end + 1)];
}

/** Each step may be done again. @throws as `groundOf`, and whatever keeps something of it on the host */
export async function removeTraces(scope: RuntimeScope, wanted: Wanted, call: Call): Promise<void> {
  const backend = groundOf(scope, wanted);
  const { mounts } = scope;
  const folders = taskFolders(backend, call.stream);
  assertNoLinks(folders);
  await unlessNotFound(backend.runtime.delete(call.stream.task, backendContext(call)));
  // Whatever is mounted in a bundle shows what is not ours to remove.
  await mounts.deactivate(folders.bundle);
  const [mounted] = mounts.mountPoints(folders.lasting);
  if (mounted !== undefined) {
    throw new FailedPreconditionError(`${mounted} is mounted in what is to be removed: unmount it`, {
      details: { mountPoint: mounted },
    });
  }
  await removeTaskFolders(folders);
  // A cgroup may be busy for longer than its removal is tried, say. What is said to be gone is gone (P4).
  const left = wanted.found.map(parseFound).find(([, what]) => what.startsWith('/') && existsSync(what));
  if (left) throw new UnavailableError(`${left[1]} is still there; see what uses it`, { details: { path: left[1] } });
}

/** On opening a root, and whenever somebody asks for it (`again`, F4). */
export async function cleanAll(scope: RuntimeScope, opts: LookOpts & { readonly again: boolean }): Promise<void> {
  const { engine } = scope;
  for (const left of await findLeftovers(scope, opts, engine.onError)) {
    const { namespace, task } = left;
    if (!mayClean(left) || (!opts.again && hasFailed(scope, left))) continue;
    try {
      await cleanLeftovers(scope, callOn(task, { namespace, actor: { command: 'recovery' } }), left);
    } catch (error) {
      engine.onError(error);
    }
  }
}

function hasFailed({ engine: { log } }: RuntimeScope, stream: StreamId): boolean {
  return lastOf(log, stream)?.type === '/recovery/clean-failed';
}

function lastOf(log: EventLog, stream: StreamId): LogRecord | undefined {
  const [last] = log.readStream(stream, { afterVersion: log.version(stream) - 1 });
  return last;
}
