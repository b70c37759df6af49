/** What there is on the host under the names of tasks, whether or not there are such tasks. No shim is asked, and nothing changed. */
import { existsSync } from 'node:fs';
import {
  type Namespace,
  parseExecId,
  parseNamespace,
  parseTaskId,
  readStartTime,
  type TaskId,
  type Trace,
  type TraceOpts,
} from '@shiplog/core';
import {
  argumentsOf,
  execFolder,
  type Folders,
  findProcesses,
  identifiersIn,
  isAlive,
  namesBelow,
  ownCgroupFolders,
  processIn,
  type TaskLayout,
  type TraceName,
  taskLayout,
  traceOf,
  waitsAtFifo,
  withTracesOfTasks,
} from '@shiplog/oci';
import { eventsPathOf, exitFileOf } from './layout.js';
import { readExecRecord, readTaskRecord, type ShimRef, type TaskRecord } from './record.js';

export async function findTraces(folders: Folders, { wanted, thorough }: TraceOpts): Promise<readonly Trace[]> {
  const { stateDir } = folders;
  const strays = [
    ...ownCgroupFolders(stateDir, thorough).map(({ path, ...name }) => traceOf(name, 'cgroup', path)),
    ...(thorough ? idleShims(folders).map(({ pid, ...name }) => traceOf(name, 'monitor', `pid ${pid}`)) : []),
  ];
  return withTracesOfTasks(stateDir, wanted, strays, async ({ namespace, task }, cgroups) =>
    tracesOfTask(folders, taskLayout(folders, namespace, task), cgroups),
  );
}

function tracesOfTask(folders: Folders, layout: TaskLayout, cgroups: readonly string[]): readonly Trace[] {
  const name: TraceName = { namespace: layout.namespace, task: layout.id };
  const record = unlessUnreadable(() => readTaskRecord(layout.process.record));
  if (!record) {
    // Whatever runs in its cgroup may have been started.
    const pids = existsSync(layout.process.record) ? [] : cgroups.map(processIn);
    return pids.filter((pid) => pid !== undefined).map((pid) => traceOf(name, 'program', `pid ${pid}`));
  }
  const found = ofProcess(name, record, existsSync(exitFileOf(layout.process)));
  const execs = identifiersIn(layout.execsDir, parseExecId).flatMap((exec) => {
    const folder = execFolder(folders, layout, exec);
    const of = unlessUnreadable(() => readExecRecord(folder.record));
    return of ? ofProcess({ ...name, exec }, { ...of, shim: record.shim }, existsSync(exitFileOf(folder))) : [];
  });
  return [...found, ...execs];
}

function ofProcess(
  name: TraceName,
  { process, phase, shim }: Pick<TaskRecord, 'process' | 'phase' | 'shim'>,
  hasEnded: boolean,
): readonly Trace[] {
  if (phase === 'launching' || phase === 'added' || hasEnded || !process || !isAlive(process)) return [];
  const kind = name.exec === undefined && waitsAtFifo(process.pid) ? 'waiting' : 'program';
  const monitor = shim.pid === 0 ? shim.address : `pid ${shim.pid}`;
  const there = shim.pid === 0 || readStartTime(shim.pid) !== undefined;
  return [...(there ? [traceOf(name, 'monitor', monitor)] : []), traceOf(name, kind, `pid ${process.pid}`)];
}

/** Undefined where a record is damaged (P8). */
function unlessUnreadable<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

interface RunningShim extends TraceName {
  readonly pid: number;
}

/** Shims that were started for tasks in this state folder, and that have none there: found by their arguments. */
export function idleShims(folders: Folders): readonly RunningShim[] {
  const address = eventsPathOf(folders.stateDir);
  const found = findProcesses((args) => nameIn(args, address) !== undefined);
  if (found.length === 0) return [];
  const inUse = new Set(
    namesBelow(folders.stateDir).map(({ namespace, task }) => shimOf(folders, namespace, task)?.pid),
  );
  return found.flatMap(({ pid }) => {
    const name = inUse.has(pid) ? undefined : nameIn(argumentsOf(pid), address);
    return name ? [{ ...name, pid }] : [];
  });
}

function shimOf(folders: Folders, namespace: Namespace, task: TaskId): ShimRef | undefined {
  return unlessUnreadable(() => readTaskRecord(taskLayout(folders, namespace, task).process.record))?.shim;
}

function nameIn(args: readonly string[], address: string): TraceName | undefined {
  const flagIn = (flag: string) => args[args.indexOf(flag) + 1] ?? '';
  if (flagIn('-address') !== address) return undefined;
  try {
    return { namespace: parseNamespace(flagIn('-namespace')), task: parseTaskId(flagIn('-id')) };
  } catch {
    return undefined;
  }
}
