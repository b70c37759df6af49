/**
 * Starts conmon, one for each task and each exec. From there on it is conmon's to wait for the process, to keep its
 * output and to write its exit; we only read what it writes (P7). What was learned about it stands in
 * docs/adr/0004-conmon-as-monitor.md.
 */
import { closeSync, lstatSync, mkdirSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { abortError, FailedPreconditionError, type ProcessIdentity } from '@shiplog/core';
import { pidFileFlag } from './args.js';
import { runtimeLimits } from './backend.js';
import { findProcesses, identify, identityOf, killQuietly } from './host-process.js';
import { monitorFiles, type ProcessFolder } from './layout.js';
import { runtimeError } from './oci-error.js';
import { openStdio } from './open-stdio.js';
import { lastErrorLine, parseSyncMessage, type SyncMessage } from './parse.js';
import { type Monitor, startMonitor } from './run.js';
import { readIfThere } from './small-file.js';
import type { StdinPlan, StdioPlan } from './stdio.js';
import { untilFound } from './until-found.js';

export interface Launch {
  /** For people: `create task web`. */
  readonly action: string;
  /** Absolute. */
  readonly conmon: string;
  readonly args: readonly string[];
  readonly folder: ProcessFolder;
  readonly stdio: StdioPlan;
  /** Whose output it is, as a logger is told. */
  readonly id: string;
  readonly namespace: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is given up. */
  readonly limit?: number;
}

export interface Launched {
  readonly process: ProcessIdentity;
  readonly monitor: ProcessIdentity | null;
}

const stdinArgs = {
  none: [],
  once: ['--stdin'],
  keep: ['--stdin', '--leave-stdin-open'],
} as const satisfies Record<StdinPlan, readonly string[]>;

/** What a plan is to conmon. Paths are relative to the process folder, where it is started. */
export function stdioArgsOf(plan: StdioPlan): readonly string[] {
  if (plan.kind !== 'log') return ['--log-path=passthrough'];
  // With `--stdin` as well, conmon would close the terminal when somebody detaches.
  return ['--log-path=k8s-file:log', ...(plan.terminal ? ['--terminal'] : stdinArgs[plan.stdin])];
}

/**
 * Runs conmon until it has told the pid of the process that the runtime made for it.
 *
 * It tells it in a file: were it a pipe, conmon would end itself over our death, and the container would have no monitor.
 *
 * @throws ShiplogError in the runtime's own words if there is no process; `details.exitCode` is 127 or 126 where the
 *   program is at fault
 * @throws CancelledError | DeadlineExceededError when the signal fired; the monitor may be running then
 */
export async function launch(options: Launch): Promise<Launched> {
  const { action, conmon, args, folder, stdio, id, namespace, signal, limit = runtimeLimits.change } = options;
  if (signal?.aborted) throw abortError(signal, 'it began');
  prepareLog(folder, stdio);
  const sync = openSync(folder.syncFile, 'ax', 0o600);
  try {
    await using open = await openStdio(stdio, { id, namespace, folder, signal });
    const { stdin, stdout, stderr, held } = open;
    const descriptors = { stdin, stdout, stderr, sync, held };
    const monitor = await startMonitor({ file: conmon, args }, { cwd: folder.path, ...descriptors });
    using watched = new Watched(monitor);
    const end = await reportOrEnd(folder, monitor, limit, signal);
    const report = reportIn(folder);
    if (report && 'pid' in report) {
      open.keepPrograms();
      watched.keep();
      return { process: identityOf(report.pid), monitor: identify(monitor.pid) };
    }
    const log = readIfThere(folder.runtimeLog) ?? '';
    const words = [log, report?.failure ?? '', end?.stderr ?? ''].map(lastErrorLine);
    const line = words.find((text) => text !== '') ?? silence(conmon, end?.exitCode);
    throw runtimeError({ action, argv: [conmon, ...args], line });
  } finally {
    closeSync(sync);
  }
}

/** There is always a word of a runtime or a monitor that works, so one of them does not. */
function silence(conmon: string, exitCode: number | undefined): string {
  const ended = exitCode === undefined ? '' : ` ended with exit code ${exitCode} and`;
  return `${conmon}${ended} said nothing of the container: see that it is conmon, and that the runtime is an OCI runtime`;
}

/** A monitor that made no container is ended, whatever it is at. */
class Watched implements Disposable {
  readonly #pid: number;
  #isOver = false;

  constructor(monitor: Monitor) {
    this.#pid = monitor.pid;
    void monitor.ended.then(() => this.keep());
  }

  keep(): void {
    this.#isOver = true;
  }

  [Symbol.dispose](): void {
    if (!this.#isOver) killQuietly(this.#pid);
  }
}

function prepareLog(folder: ProcessFolder, stdio: StdioPlan): void {
  if (stdio.kind !== 'log') return;
  mkdirSync(dirname(folder.logFile), { recursive: true, mode: 0o700 });
  // conmon would follow it.
  if (lstatSync(folder.logFile, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new FailedPreconditionError(`${folder.logFile} is a symbolic link, which output must not follow: remove it`, {
      details: { path: folder.logFile },
    });
  }
  symlinkSync(folder.logFile, folder.logLink);
}

/** Milliseconds; what it is for has an event, so this is for a host without a watch to give. */
const reportInterval = 1000;

/** The monitor's end, if that came before a report. */
async function reportOrEnd(
  folder: ProcessFolder,
  monitor: Monitor,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Awaited<Monitor['ended']> | undefined> {
  const giveUp = new AbortController();
  const report = untilFound({
    file: folder.syncFile,
    look: () => reportIn(folder),
    lookInterval: reportInterval,
    signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(limit), ...(signal ? [signal] : [])]),
    what: 'the container was there',
  });
  try {
    return await Promise.race([report.then(() => undefined), monitor.ended]);
  } finally {
    report.catch(() => undefined);
    giveUp.abort();
  }
}

/** What the monitor told first; undefined as long as it has told nothing. */
export function reportIn(folder: ProcessFolder): SyncMessage | undefined {
  const text = readIfThere(folder.syncFile) ?? '';
  const end = text.indexOf('\n');
  return end === -1 ? undefined : parseSyncMessage(text.slice(0, end));
}

/** The monitor of a folder; null if there is none. */
export function findMonitor(folder: ProcessFolder): ProcessIdentity | null {
  return findProcesses((args) => args.includes(monitorMark(folder)), folder.path)[0] ?? null;
}

/** Among the arguments of a monitor, and of no other process. */
function monitorMark(folder: ProcessFolder): string {
  return `${pidFileFlag}${folder.pidFile}`;
}

/** Those of a task and of its execs, where nothing else is known of them any more. */
export async function killMonitors(bundle: string): Promise<void> {
  await killAll((args) => args.some((arg) => arg.startsWith(`${pidFileFlag}${bundle}/`)), bundle);
}

const endInterval = 5;
const endAttempts = 400;

/**
 * Ends a launch at once: the monitor, and the runtime that is at work for it. Both have the pid file among their
 * arguments, in whatever stage of forking they are.
 */
export async function killLaunch(folder: ProcessFolder): Promise<void> {
  const takesPart = (args: readonly string[]): boolean =>
    args.includes(monitorMark(folder)) || args[args.indexOf('--pid-file') + 1] === folder.pidFile;
  await killAll(takesPart, folder.path);
}

async function killAll(fits: (args: readonly string[]) => boolean, folder: string): Promise<void> {
  for (let attempt = 0; attempt < endAttempts; attempt++) {
    const found = findProcesses(fits, folder);
    if (found.length === 0) return;
    for (const { pid } of found) killQuietly(pid);
    await delay(endInterval);
  }
}

/**
 * Removes what one launch left, so that another can follow. What was asked (record and process) stays, and the exit
 * folder, which may be watched.
 */
export function removeTraces(folder: ProcessFolder): void {
  const { exitFile, pidFile, syncFile, oomFile, lostFile, runtimeLog, logLink } = folder;
  const traces = [exitFile, pidFile, syncFile, oomFile, lostFile, runtimeLog, logLink];
  for (const path of [...traces, ...monitorFiles.map((name) => join(folder.monitorFolder, name))]) {
    rmSync(path, { recursive: true, force: true });
  }
}
