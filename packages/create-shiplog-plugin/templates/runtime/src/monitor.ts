/**
 * A task outlives whoever created it, so somebody else has to wait for it: a shell, one for each task. It runs the
 * command line, writes its output, and when it has ended, its exit status. All that is known of a task is in its folder:
 *
 *     task.json   what was asked for, and who runs
 *     pid         of the first process; the shell writes it
 *     started     there once the task was started
 *     exit        its exit status; the shell writes it last
 *     lost        there if the shell was killed, and nobody will ever write `exit`
 *     on-exit     what the shell runs at the very end
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Exit, readStartTime, type Stdio, timestampFromNanos, unknownExitStatus } from '@shiplog/core/plugin';

export interface Identity {
  readonly pid: number;
  /** A later process of that pid has another. */
  readonly startTime: number;
}

export interface TaskRecord {
  readonly io: Stdio;
  readonly process: Identity;
  readonly monitor: Identity;
}

export interface Launch {
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  /** Paths; empty for the log. */
  readonly stdout: string;
  readonly stderr: string;
  /** Gets the output that goes nowhere else, in the CRI log format. */
  readonly log: string;
  readonly onExit: readonly string[];
}

const script = `
folder=$1 out=$2 err=$3 log=$4
shift 4
to_log() {
  while IFS= read -r line || [ -n "$line" ]; do
    printf '%s %s F %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)" "$1" "$line"
  done >>"$log"
}
for name in stdout stderr; do
  case $name in stdout) to=$out ;; *) to=$err ;; esac
  [ -n "$to" ] && continue
  mkfifo "$folder/$name"
  to_log $name <"$folder/$name" &
done
# A process group of its own, signals as new programs expect them.
setsid env -i --default-signal "SHIPLOG_TASK=$folder" "$@" </dev/null >>"\${out:-$folder/stdout}" 2>>"\${err:-$folder/stderr}" &
pid=$!
echo $pid >"$folder/pid.new" && mv "$folder/pid.new" "$folder/pid"
wait $pid
status=$?
# What it has started goes with it, also what has a group of its own: it has the mark in its environment.
kill -9 -$pid 2>/dev/null
while left=$(grep -lzxF "SHIPLOG_TASK=$folder" /proc/[0-9]*/environ 2>/dev/null); [ -n "$left" ]; do
  for entry in $left; do
    entry=\${entry%/environ}
    kill -9 "\${entry#/proc/}" 2>/dev/null
  done
done
# Then its output is whole, and then comes the exit.
wait
echo $status >"$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
[ ! -e "$folder/on-exit" ] || exec sh "$folder/on-exit"
`;

/** Stops before it becomes the program: `start` lets it go on, under the same pid. */
const gate = 'cd -- "$0" && kill -STOP $$ && exec "$@"';

/** @returns the monitor */
export function launch({ folder, args, env, cwd, stdout, stderr, log, onExit }: Launch): Identity {
  const quoted = onExit.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  if (quoted.length > 0) writeFileSync(join(folder, 'on-exit'), `exec ${quoted.join(' ')}\n`);
  const line = ['sh', folder, stdout, stderr, log, ...env, 'sh', '-c', gate, cwd, ...args];
  const child = spawn('/bin/sh', ['-c', script, ...line], { detached: true, stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
  return identityOf(child.pid ?? 0);
}

export function identityOf(pid: number): Identity {
  return { pid, startTime: readStartTime(pid) ?? 0 };
}

export function isAlive({ pid, startTime }: Identity): boolean {
  return startTime > 0 && readStartTime(pid) === startTime;
}

/** T: it waits at the gate. Undefined once it is gone. */
export function kernelState(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
export function writeRecord(folder: string, record: TaskRecord): void {
  const draft = join(folder, 'task.json.new');
  writeFileSync(draft, JSON.stringify(record));
  renameSync(draft, join(folder, 'task.json'));
}

export function readRecord(folder: string): TaskRecord | undefined {
  const text = readIfThere(join(folder, 'task.json'));
  return text === undefined ? undefined : (JSON.parse(text) as TaskRecord);
}

/** How it ended; undefined while it lives. An exit that nobody saw is unknown, never made up. */
export function exitOf(folder: string, { process, monitor }: TaskRecord): Exit | undefined {
  const exit = join(folder, 'exit');
  const alive = isAlive(monitor) || isAlive(process);
  const status = readIfThere(exit);
  const { pid } = process;
  if (status !== undefined) return { pid, status: Number(status), timestamp: modified(exit), certainty: 'observed' };
  if (alive) return undefined;
  const lost = join(folder, 'lost');
  mkdirSync(lost, { recursive: true });
  const evidence = `its monitor, pid ${monitor.pid}, was gone before it had written an exit status`;
  return { pid, status: unknownExitStatus, timestamp: modified(lost), certainty: 'unknown', evidence };
}

function modified(path: string): Exit['timestamp'] {
  return timestampFromNanos(statSync(path, { bigint: true }).mtimeNs);
}
