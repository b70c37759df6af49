/** What the log says of each task, beside what the host has of it. Nothing is changed. */
import { existsSync } from 'node:fs';
import { type Clock, millisBetween } from '../kernel/clock.js';
import { parseNamespace, parseTaskId } from '../kernel/identifiers.js';
import type { ProcessTable } from '../kernel/process-identity.js';
import { liveStreams, type StreamState, taskKey } from '../projections/task-projection.js';
import type { Backend } from '../runtime/backends.js';
import { load } from '../runtime/execute.js';
import type { HealthFinding } from '../runtime/health.js';
import { findLeftovers, type Ground, type Leftovers, mayClean } from '../runtime/leftovers.js';
import { recordsOf } from '../runtime/request-records.js';
import { taskFolders } from '../runtime/task-folders.js';
import { isLiving, type Trace } from '../runtime/traces.js';
import { awaitsRestore, commandOf, isGone, isPresent, openRequests, requestOf, type TaskState } from '../task/state.js';

export interface Looked extends Ground {
  readonly processes: ProcessTable;
  readonly clock: Clock;
}

type Found = Omit<HealthFinding, 'namespace' | 'task'>;

export async function lookAtTasks(looked: Looked): Promise<readonly HealthFinding[]> {
  const { log, backends } = looked.engine;
  const runtimes: HealthFinding[] = [];
  const unreadable = (error: unknown) => runtimes.push(cannotLook(error));
  const left = await findLeftovers(looked, { thorough: true }, unreadable);
  const before = liveStreams(log).map((stream) => ({ ...stream, ...load(log, stream) }));
  const traces = new Map<Backend, ReadonlyMap<string, readonly Trace[]>>();
  for (const { backend } of backends.all()) {
    const found = await backend.runtime.traces?.({ thorough: true, wanted: () => true }).catch(() => undefined);
    if (found) traces.set(backend, Map.groupBy(found, taskKey));
  }
  // What has moved on meanwhile is in somebody's hands.
  const live = before.filter((stream) => load(log, stream).version === stream.version);
  return [...runtimes, ...live.flatMap((stream) => findingsOf(looked, stream, traces)), ...left.map(ofLeftovers)];
}

function cannotLook(error: unknown): HealthFinding {
  const reason = `a runtime cannot be looked through: ${error instanceof Error ? error.message : String(error)}`;
  return { kind: 'runtime', severity: 'fault', reason, remedy: 'see shiplog plugins -v', mendable: false };
}

function findingsOf(
  looked: Looked,
  stream: StreamState,
  traces: ReadonlyMap<Backend, ReadonlyMap<string, readonly Trace[]>>,
): readonly HealthFinding[] {
  const { state, namespace, task } = stream;
  const found = [...ofRequests(looked, stream), ...ofMounts(looked, state)];
  if (isPresent(state) || state.status === 'creating') {
    const backend = homeOf(looked, stream, state);
    const known = backend && traces.get(backend);
    if (!backend) found.push(homeless(state));
    else if (known) found.push(...ofProcesses(looked, state, known.get(taskKey(stream)) ?? []));
  }
  return found.map((finding) => ({ ...finding, namespace, task }));
}

function homeOf({ engine: { backends } }: Looked, stream: StreamState, state: { runtime: string; bundle: string }) {
  return backends
    .all()
    .map(({ backend }) => backend)
    .find((backend) => taskFolders(backend, nameOf(stream)).bundle === state.bundle);
}

function nameOf({ namespace, task }: StreamState): Pick<Trace, 'namespace' | 'task'> {
  return { namespace: parseNamespace(namespace), task: parseTaskId(task) };
}

function homeless({ runtime, bundle }: { readonly runtime: string; readonly bundle: string }): Found {
  return {
    kind: 'runtime',
    severity: 'fault',
    reason: `it runs on ${runtime}, in ${bundle}, and no plugin here brings that`,
    remedy: 'load the plugin, or name the state folder that it lives in',
    mendable: false,
  };
}

/** Milliseconds. No call of a runtime is waited for longer, and few of those take more than a second. */
const longOpen = 11 * 60_000;

function ofRequests({ engine, processes, clock }: Looked, stream: StreamState): readonly Found[] {
  return openRequests(stream.state).flatMap((open): Found[] => {
    const { owner, requestId } = requestOf(open);
    const what = commandOf(open);
    if (!processes.isAlive(owner)) {
      return [
        {
          kind: 'open-request',
          about: requestId,
          severity: 'fault',
          reason: `the process that asked for its ${what} (pid ${owner.pid}) is gone, and nobody recorded what came of it`,
          remedy: 'any opening of the root asks the machine, and records that',
          mendable: true,
        },
      ];
    }
    const asked = recordsOf(engine.log, stream, requestId)[0]?.time;
    if (asked === undefined || millisBetween(asked, clock.now()) < longOpen) return [];
    return [
      {
        kind: 'open-request',
        about: requestId,
        severity: 'fault',
        reason: `its ${what} was asked for at ${asked}, and the process whose work it is (pid ${owner.pid}) has not come to its end with it`,
        remedy: `see what process ${owner.pid} waits for; once that has ended, any opening of the root asks the machine`,
        mendable: false,
      },
    ];
  });
}

function ofMounts({ mounts, processes }: Looked, state: TaskState): readonly Found[] {
  return Object.values(state.mounts).flatMap((set) => {
    const needed = !isGone(state);
    const onHost = mounts.statuses(set, { needed, ownerAlive: processes.isAlive(set.owner) });
    return onHost.flatMap(({ mountPoint, mount, status }): Found[] => {
      if (status === 'leaked') {
        return [
          {
            kind: 'mount-leaked',
            severity: 'fault',
            reason: `${mountPoint} (${mount.type}) is mounted, and nobody needs it any more`,
            remedy: 'any opening of the root unmounts it',
            mendable: true,
          },
        ];
      }
      // Of one that is not needed any more, the log alone is behind; recovery sees to that as well.
      if (status !== 'missing') return [];
      return [
        {
          kind: 'mount-missing',
          severity: 'fault',
          reason: `${mountPoint} (${mount.type}) is not mounted any more: somebody unmounted it, or the machine was started again`,
          remedy: needed ? 'delete the task, and create it again' : 'any opening of the root records that',
          mendable: !needed,
        },
      ];
    });
  });
}

function ofProcesses({ processes }: Looked, state: TaskState, traces: readonly Trace[]): readonly Found[] {
  // While a request is open, its owner is at work; or it is gone, and that is told.
  if (!isPresent(state) || state.pending || awaitsRestore(state)) return [];
  const lost = existsSync(state.bundle) ? undefined : traces.find(isLiving);
  if (lost) return [outOfReach(state.bundle, lost)];
  const found: Found[] = [];
  const own = traces.filter(({ exec }) => exec === undefined);
  if (state.status !== 'stopped' && !own.some(isLiving)) found.push(gone(`its process (pid ${state.pid})`));
  for (const exec of Object.values(state.execs)) {
    if (exec.status !== 'running' || (exec.pending && processes.isAlive(exec.pending.owner))) continue;
    if (!traces.some((trace) => trace.exec === exec.execId && isLiving(trace))) {
      found.push(gone(`the process of its exec ${exec.execId} (pid ${exec.pid})`));
    }
  }
  for (const { exec } of traces.filter(isLiving)) {
    if (traces.some((trace) => trace.kind === 'monitor' && trace.exec === exec)) continue;
    const whose = exec === undefined ? 'it' : `its exec ${exec}`;
    found.push({
      kind: 'monitor-gone',
      severity: 'fault',
      reason: `${whose} runs, and its monitor is gone: its output is lost, and so will be its exit code`,
      remedy: 'stop it and start it anew when that suits; until then it runs on',
      mendable: false,
    });
  }
  return found;
}

function outOfReach(bundle: string, { what }: Trace): Found {
  return {
    kind: 'bundle-gone',
    about: bundle,
    severity: 'fault',
    reason: `it runs (${what}), and its folder ${bundle} is gone: nothing can be done to it by its name, and its exit code will be lost`,
    remedy: 'end the program by hand; then any opening of the root records that, and it can be deleted',
    mendable: false,
  };
}

function gone(what: string): Found {
  return {
    kind: 'process-gone',
    severity: 'fault',
    reason: `${what} is gone, and its exit is not in the log`,
    remedy: 'any opening of the root records the exit, with its own time where its monitor has kept it',
    mendable: true,
  };
}

function ofLeftovers(left: Leftovers): HealthFinding {
  const { namespace, task, runtime, traces } = left;
  const what = traces.map(({ kind, what }) => `${kind} ${what}`).join(', ');
  const whose = { namespace, task, about: runtime, severity: 'fault' } as const;
  if (mayClean(left)) {
    const reason = `there is no such task any more, and it has left: ${what}`;
    return {
      ...whose,
      kind: 'left-behind',
      reason,
      remedy: 'shiplog doctor --fix takes it away',
      mendable: true,
    };
  }
  if (left.runs) {
    const reason = `a program runs, and by the log there is no such task (is it an old copy?): ${what}`;
    const remedy = 'put the right log back, or end the program by hand; nobody else will';
    return { ...whose, kind: 'left-running', reason, remedy, mendable: false };
  }
  const reason = `the log has never heard of it (is it an old copy?): ${what}`;
  const remedy = 'put the right log back, or remove this by hand; nobody else will';
  return { ...whose, kind: 'stranger', reason, remedy, mendable: false };
}
