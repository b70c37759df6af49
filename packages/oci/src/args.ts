/**
 * The command lines of OCI runtimes and of conmon, built from values. IDs come in branded: they begin with a letter or
 * a digit, so none can be read as a flag; what a value of conmon's begins with does not matter, for it is joined to its
 * flag by `=`.
 */
import type { TaskId } from '@shiplog/core';

/** What stands the same on every command line of one runtime. */
export interface RuntimeLine {
  /** Absolute. */
  readonly binary: string;
  /** Where the runtime keeps its state: `--root`. */
  readonly root: string;
  readonly systemdCgroup: boolean;
}

function globalArgs(line: RuntimeLine): readonly string[] {
  return ['--root', line.root, '--log-format', 'json', ...(line.systemdCgroup ? ['--systemd-cgroup'] : [])];
}

export interface CheckpointLine {
  /** Where CRIU's images go. */
  readonly images: string;
  /** Where its logs go. */
  readonly work: string;
  readonly flags: readonly string[];
}

export const runtimeArgs = {
  start: (line: RuntimeLine, id: TaskId) => [...globalArgs(line), 'start', id],
  state: (line: RuntimeLine, id: TaskId) => [...globalArgs(line), 'state', id],
  pause: (line: RuntimeLine, id: TaskId) => [...globalArgs(line), 'pause', id],
  resume: (line: RuntimeLine, id: TaskId) => [...globalArgs(line), 'resume', id],
  ps: (line: RuntimeLine, id: TaskId) => [...globalArgs(line), 'ps', '--format', 'json', id],
  /** From a file: crun opens /dev/stdin for `-`, which cannot be done to the socket that Node.js makes of a pipe. */
  update: (line: RuntimeLine, id: TaskId, file: string) => [...globalArgs(line), 'update', '--resources', file, id],
  kill: (line: RuntimeLine, id: TaskId, signal: number, all: boolean) => [
    ...globalArgs(line),
    'kill',
    ...(all ? ['--all'] : []),
    id,
    String(signal),
  ],
  checkpoint: (line: RuntimeLine, id: TaskId, { images, work, flags }: CheckpointLine) => [
    ...globalArgs(line),
    'checkpoint',
    ...flags,
    `--image-path=${images}`,
    `--work-path=${work}`,
    id,
  ],
  delete: (line: RuntimeLine, id: TaskId, force: boolean) => [
    ...globalArgs(line),
    'delete',
    ...(force ? ['--force'] : []),
    id,
  ],
} as const;

/** What a monitor needs for a container and for an exec alike. */
export interface MonitorLine {
  readonly runtime: RuntimeLine;
  readonly id: TaskId;
  /** Where conmon makes its attach socket and fifos; for a container its bundle. */
  readonly folder: string;
  readonly pidFile: string;
  readonly exitDir: string;
  /** Where the runtime writes what went wrong. */
  readonly runtimeLog: string;
  /** Where its output goes, and where its input comes from. */
  readonly stdio: readonly string[];
}

export interface CreateLine extends MonitorLine {
  /** Put in front of the runtime's command line: a program and its arguments. */
  readonly prefix: readonly string[];
  /** A program, by its absolute path, and its arguments: run when the container has ended. */
  readonly exitCommand: readonly string[];
  /** Restores the container instead of making a new one: CRIU's images, and flags for the runtime's own `restore`. */
  readonly restore?: { readonly images: string; readonly flags: readonly string[] };
}

/** In front of a path that no other process has among its arguments: monitors are found by it. */
export const pidFileFlag = '--container-pidfile=';

export function conmonCreateArgs(line: CreateLine): readonly string[] {
  const [exitProgram, ...exitArgs] = line.exitCommand;
  return [
    ...monitorArgs(line, line.prefix),
    ...(exitProgram === undefined ? [] : [`--exit-command=${exitProgram}`]),
    ...exitArgs.map((arg) => `--exit-command-arg=${arg}`),
    ...(line.restore ? [`--restore=${line.restore.images}`] : []),
    ...(line.restore?.flags ?? []).map((flag) => `--runtime-opt=${flag}`),
  ];
}

export interface ExecLine extends MonitorLine {
  /** The OCI process, as JSON. */
  readonly processFile: string;
}

export function conmonExecArgs(line: ExecLine): readonly string[] {
  return [...monitorArgs(line, []), '--exec', `--exec-process-spec=${line.processFile}`];
}

function monitorArgs(line: MonitorLine, prefix: readonly string[]): readonly string[] {
  // conmon runs the first word as it is, and has a flag for each of the others.
  const [program, ...rest] = [...prefix, line.runtime.binary, ...globalArgs(line.runtime)];
  return [
    '--api-version',
    '1',
    `--cid=${line.id}`,
    `--cuuid=${line.id}`,
    `--name=${line.id}`,
    `--runtime=${program}`,
    ...[...rest, '--log', line.runtimeLog].map((arg) => `--runtime-arg=${arg}`),
    `--bundle=${line.folder}`,
    `${pidFileFlag}${line.pidFile}`,
    `--exit-dir=${line.exitDir}`,
    ...line.stdio,
    '--full-attach',
    // Our child, and not its own launcher's.
    '--sync',
  ];
}
