/**
 * Keeps the output of a process that another program runs (a shim), as it would be kept were it ours: in a log in the CRI
 * format, with a socket to attach to. That program reads and writes fifos; conmon keeps what a small shell carries
 * between them and its own pipes. So everything outlives us (P7), and is found as with a process of ours (attach.ts).
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity, TaskId } from '@shiplog/core';
import { pidFileFlag } from './args.js';
import { findProcesses, identify, isAlive, killQuietly } from './host-process.js';
import type { ProcessFolder } from './layout.js';
import { killLaunch, launch, removeTraces, stdioArgsOf } from './monitor.js';
import { makeFifos } from './pipe.js';
import type { StdioPlan } from './stdio.js';
import { untilFound } from './until-found.js';

export interface KeeperOptions {
  /** For people: `create task web`. */
  readonly action: string;
  /** Absolute. */
  readonly conmon: string;
  readonly folder: ProcessFolder;
  readonly id: TaskId;
  readonly namespace: string;
  readonly stdio: StdioPlan & { readonly kind: 'log' };
  /** A program, by its absolute path, and its arguments: run when there is no more output. */
  readonly exitCommand: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Absolute paths of fifos; empty where there is no such stream. */
export interface KeptStdio {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

const shell = '/bin/sh';

/**
 * What conmon takes for an OCI runtime. Its "container" ends with the output: when nobody has the fifos open for
 * writing any more. The fifo for input is open before it is said to be there, so that the other side may let go of its own
 * end at once, and the end of the input is the end of what conmon has for it.
 */
const carrier = `
in=$1 out=$2 err=$3
while [ "$1" != --pid-file ]; do shift; done
exec 3<&0
[ -z "$in" ] || exec 4<>"$in"
(
  if [ -n "$in" ]; then cat <&3 >&4 3<&- 4>&- & exec 4>&-; in=$!; fi
  exec 3<&-
  if [ -n "$err" ]; then cat <"$err" >&2 & err=$!; fi
  cat <"$out"
  [ -z "$err" ] || wait "$err"
  [ -z "$in" ] || kill "$in" 2>/dev/null
  exit 0
) &
echo $! >"$2"
`.trim();

/**
 * Resolves when whoever opens the fifos finds somebody at their other ends.
 *
 * @throws UnavailableError if conmon cannot be started
 */
export async function keepOutput(options: KeeperOptions): Promise<KeptStdio> {
  const { action, conmon, folder, id, namespace, stdio, exitCommand, signal } = options;
  const [stdin, stdout, stderr] = fifosOf(folder);
  const kept: KeptStdio = {
    stdin: stdio.stdin === 'none' ? '' : stdin,
    stdout,
    stderr: stdio.terminal ? '' : stderr,
  };
  const paths = [kept.stdin, kept.stdout, kept.stderr].filter((path) => path !== '');
  for (const path of paths) rmSync(path, { force: true });
  await makeFifos(paths);
  const [exitProgram, ...exitArgs] = exitCommand;
  // A terminal is the other program's to make: here, it is an input that has no end.
  const plain: StdioPlan = stdio.terminal
    ? { kind: 'log', stdin: stdio.stdin === 'none' ? 'none' : 'keep', terminal: false }
    : stdio;
  const args = [
    ...['--api-version', '1', `--cid=${id}`, `--cuuid=${id}`, `--name=${id}`],
    `--runtime=${shell}`,
    ...['-c', carrier, 'carrier', kept.stdin, kept.stdout, kept.stderr].map((arg) => `--runtime-arg=${arg}`),
    `--bundle=${folder.monitorFolder}`,
    `${pidFileFlag}${folder.pidFile}`,
    `--exit-dir=${folder.exitDir}`,
    ...stdioArgsOf(plain),
    ...['--full-attach', '--sync'],
    ...(exitProgram === undefined ? [] : [`--exit-command=${exitProgram}`]),
    ...exitArgs.map((arg) => `--exit-command-arg=${arg}`),
  ];
  await launch({ action, conmon, args, folder, stdio: plain, id, namespace, signal });
  return kept;
}

function fifosOf(folder: ProcessFolder): readonly [string, string, string] {
  const path = (name: string): string => join(folder.path, name);
  return [path('stdin'), path('stdout'), path('stderr')];
}

/** Milliseconds between two looks for what has no event: a monitor that was killed. */
const lookInterval = 200;

/** Resolves when all output is in the log, or at the latest when the signal fires. */
export async function outputKept(folder: ProcessFolder, signal: AbortSignal): Promise<void> {
  if (!existsSync(folder.syncFile) || existsSync(folder.exitFile)) return;
  const keeper = keeperOf(folder);
  const look = (): true | undefined => existsSync(folder.exitFile) || !isAlive(keeper) || undefined;
  await untilFound({ file: folder.exitFile, look, lookInterval, signal, what: 'its output had ended' }).catch(() => {});
}

/** Its monitor; found by its arguments, whoever started it. */
function keeperOf(folder: ProcessFolder): ProcessIdentity | null {
  const [found] = findProcesses((args) => args.includes(`${pidFileFlag}${folder.pidFile}`), folder.path);
  return found ? identify(found.pid) : null;
}

/** Ends it at once, with what is still on its way lost; and takes away all that is there of it but the log. */
export async function endKeeper(folder: ProcessFolder): Promise<void> {
  if (!existsSync(folder.syncFile)) return;
  await killLaunch(folder);
  const [, stdout] = fifosOf(folder);
  for (const { pid } of findProcesses((args) => args.includes('carrier') && args.includes(stdout), folder.path))
    killQuietly(pid);
  removeTraces(folder);
  for (const path of fifosOf(folder)) rmSync(path, { force: true });
}
