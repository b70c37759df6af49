/**
 * A task outlives whoever created it, so somebody else has to wait for it: a shell, one for each task. It runs bubblewrap,
 * writes the output, and when that has ended, its exit status. All that is known of a task is in its folder:
 *
 *     task.json   what was asked for, and who runs
 *     status      what bubblewrap says: the pid of the first process
 *     gate        a fifo: a line in it lets the sandbox become its program
 *     exit        the exit status; the shell writes it last
 *     lost        there if the shell was killed, and nobody will ever write `exit`
 *     on-exit     what the shell runs at the very end
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Exit, readStartTime, type Stdio, timestampFromNanos, unknownExitStatus } from '@shiplog/core/plugin';
import { gateFlags } from './sandbox.ts';

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
  /** The command line of bubblewrap. */
  readonly args: readonly string[];
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
mkfifo "$folder/gate"
exec 9<>"$folder/gate"
# Signals as new programs expect them.
env --default-signal "$@" </dev/null >>"\${out:-$folder/stdout}" 2>>"\${err:-$folder/stderr}" 8>"$folder/status" &
pid=$!
exec 9>&-
wait $pid
status=$?
# Its output is whole first, and then comes the exit.
wait
echo $status >"$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
[ ! -e "$folder/on-exit" ] || exec sh "$folder/on-exit"
`;

/** @returns the monitor */
export function launch({ folder, args, stdout, stderr, log, onExit }: Launch): Identity {
  const quoted = onExit.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  if (quoted.length > 0) writeFileSync(join(folder, 'on-exit'), `exec ${quoted.join(' ')}\n`);
  const line = ['sh', folder, stdout, stderr, log, ...args];
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

/** The first process of the sandbox, on the host; 0 while nobody knows. */
export function sandboxPid(folder: string): number {
  return Number(/"child-pid": ?([0-9]+)/.exec(readIfThere(join(folder, 'status')) ?? '')?.[1] ?? 0);
}

/** Whether it is still bubblewrap's, and not its program's. */
export function isBeforeGate(pid: number): boolean {
  return (readIfThere(`/proc/${pid}/cmdline`) ?? '').includes(`\0${gateFlags.join('\0')}\0`);
}

/** Whether all is made, and it waits for its start. */
export function isAtGate(pid: number): boolean {
  return isBeforeGate(pid) && (readIfThere(`/proc/${pid}/wchan`) ?? '').includes('pipe_read');
}

export function openGate(folder: string): void {
  // Without a reader this fails, and does not wait for one.
  const gate = openSync(join(folder, 'gate'), constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(gate, '\n');
  closeSync(gate);
}

/** All processes of the sandbox: they have its PID namespace. */
export function pidsOf(pid: number): readonly number[] {
  const own = namespaceOf(pid);
  if (own === undefined) return [];
  const names = readdirSync('/proc').filter((name) => /^[1-9]/.test(name));
  return names.map(Number).filter((other) => namespaceOf(other) === own);
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
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
