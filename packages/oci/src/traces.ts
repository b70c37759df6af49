/** What there is on the host under the names of tasks, whether or not there are such tasks. Nothing is changed. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  type Namespace,
  parseExecId,
  parseNamespace,
  parseTaskId,
  type TaskId,
  type Trace,
  type TraceKind,
  type TraceOpts,
} from '@shiplog/core';
import { pidFileFlag } from './args.js';
import type { Backend } from './backend.js';
import { ownCgroupFolders, processIn } from './cgroup.js';
import { listExecs } from './exec-folder.js';
import { argumentsOf, findProcesses, isAlive } from './host-process.js';
import { namesBelow } from './identifiers-in.js';
import { execsFolder, monitorFiles, type TaskLayout, taskLayout } from './layout.js';
import { containerState } from './liveness.js';
import { isRefusal } from './oci-error.js';
import { blankRecord, type ProcessRecord, readRecord } from './record.js';

export type TraceName = Pick<Trace, 'namespace' | 'task' | 'exec'>;

export function findTraces(backend: Backend, { wanted, thorough }: TraceOpts): Promise<readonly Trace[]> {
  const { stateDir } = backend;
  const strays = [
    ...namesBelow(join(stateDir, '.root')).map((name) => traceOf(name, 'runtime-state', runtimeState(backend, name))),
    ...ownCgroupFolders(stateDir, thorough).map(({ path, ...name }) => traceOf(name, 'cgroup', path)),
    ...(thorough ? monitorsBelow(stateDir) : []),
  ];
  return withTracesOfTasks(stateDir, wanted, strays, ({ namespace, task }, cgroups) =>
    tracesOfProcess(taskLayout(backend, namespace, task), backend, { thorough, cgroups }),
  );
}

/** What was found by a task's name alone, and what each task has that has some of that, or a bundle below the state folder. */
export async function withTracesOfTasks(
  stateDir: string,
  wanted: TraceOpts['wanted'],
  found: readonly Trace[],
  ofTask: (name: TraceName, cgroups: readonly string[]) => Promise<readonly Trace[]>,
): Promise<readonly Trace[]> {
  const strays = found.filter(wanted);
  const bundles = namesBelow(stateDir).filter(wanted);
  const names = new Map([...bundles, ...strays].map((name) => [`${name.namespace}/${name.task}`, name]));
  const traces: Trace[] = [...strays];
  for (const name of names.values()) {
    const isIts = ({ namespace, task }: Trace) => namespace === name.namespace && task === name.task;
    const cgroups = strays.filter((trace) => trace.kind === 'cgroup' && isIts(trace)).map(({ what }) => what);
    traces.push(...(await ofTask(name, cgroups)));
  }
  return traces;
}

export function traceOf({ namespace, task, exec }: TraceName, kind: TraceKind, what: string): Trace {
  return { namespace, task, kind, what, ...(exec !== undefined && { exec }) };
}

function runtimeState(backend: Backend, { namespace, task }: TraceName): string {
  return join(taskLayout(backend, namespace, task).runtimeRoot, task);
}

function parsed<T>(text: string, parse: (text: string) => T): readonly T[] {
  try {
    return [parse(text)];
  } catch {
    return [];
  }
}

/** Monitors of tasks and of their execs, by the pid file among their arguments. */
function monitorsBelow(stateDir: string): readonly Trace[] {
  const nameOf = (args: readonly string[]): readonly TraceName[] => {
    const flag = args.find((arg) => arg.startsWith(`${pidFileFlag}${stateDir}/`));
    if (flag === undefined) return [];
    const [namespace = '', task = '', execs, exec = ''] = relative(stateDir, flag.slice(pidFileFlag.length)).split('/');
    const found = { namespace: parsed(namespace, parseNamespace)[0], task: parsed(task, parseTaskId)[0] };
    if (!isName(found)) return [];
    const [execId] = execs === execsFolder ? parsed(exec, parseExecId) : [];
    return [{ ...found, ...(execId !== undefined && { exec: execId }) }];
  };
  return findProcesses((args) => nameOf(args).length > 0, stateDir).flatMap(({ pid }) =>
    nameOf(argumentsOf(pid)).map((name) => traceOf(name, 'monitor', `pid ${pid}`)),
  );
}

function isName(found: { namespace: Namespace | undefined; task: TaskId | undefined }): found is TraceName {
  return found.namespace !== undefined && found.task !== undefined;
}

interface Around {
  readonly thorough: boolean;
  /** Folders of the task's cgroup. */
  readonly cgroups: readonly string[];
}

/** What its record says, and, where that is lost, its runtime; and, where that has nothing either, the kernel. */
async function tracesOfProcess(
  layout: TaskLayout,
  backend: Backend,
  { thorough, cgroups }: Around,
): Promise<readonly Trace[]> {
  const { namespace, id: task, bundle } = layout;
  const name: TraceName = { namespace, task };
  const files = monitorFiles.map((file) => join(bundle, file)).filter((path) => existsSync(path));
  const found = files.map((path) => traceOf(name, path.endsWith('attach') ? 'socket' : 'fifo', path));
  const record = recordOf(layout);
  if (!thorough && record?.monitor && isAlive(record.monitor)) {
    found.push(traceOf(name, 'monitor', `pid ${record.monitor.pid}`));
  }
  for (const { id, process } of listExecs(backend, layout)) {
    if (process && isAlive(process)) found.push(traceOf({ ...name, exec: id }, 'program', `pid ${process.pid}`));
  }
  const process = record
    ? processOf(record)
    : ((await processOfRuntime(layout, backend)) ?? processOfKernel(layout, cgroups));
  return process ? [...found, traceOf(name, process.kind, `pid ${process.pid}`)] : found;
}

interface Living {
  readonly kind: 'waiting' | 'program';
  readonly pid: number;
}

/** Undefined where there is none, or it is damaged, or was not written to its end. */
function recordOf({ process }: TaskLayout): ProcessRecord | undefined {
  try {
    const record = readRecord(process.record);
    return record?.phase === 'launching' ? undefined : record;
  } catch {
    return undefined;
  }
}

function processOf({ process, phase }: ProcessRecord): Living | undefined {
  if (!process || !isAlive(process)) return undefined;
  return { kind: phase === 'started' ? 'program' : 'waiting', pid: process.pid };
}

/** Whatever runs in its cgroup may have been started: only a launch that did not come to its end has a record to say otherwise. */
function processOfKernel({ process }: TaskLayout, cgroups: readonly string[]): Living | undefined {
  if (existsSync(process.record)) return undefined;
  for (const cgroup of cgroups) {
    const pid = processIn(cgroup);
    if (pid !== undefined) return { kind: 'program', pid };
  }
  return undefined;
}

async function processOfRuntime(layout: TaskLayout, { binary, systemdCgroup }: Backend): Promise<Living | undefined> {
  if (!existsSync(join(layout.runtimeRoot, layout.id))) return undefined;
  const record = blankRecord({ binary, systemdCgroup, phase: 'launching' });
  const state = await containerState(layout, record, undefined).catch((error: unknown) => {
    // A runtime that does not know it, which is not one that cannot be asked.
    if (isRefusal(error)) return undefined;
    throw error;
  });
  if (!state || state.status === 'stopped') return undefined;
  return { kind: state.status === 'running' || state.status === 'paused' ? 'program' : 'waiting', pid: state.pid };
}
