/**
 * Whether anybody reads what a monitor writes to its process. conmon that meets a process which has closed its stdin tries
 * again and again, for as long as the process lives, and takes a whole CPU for it; so nothing is sent to it then.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { isAlive } from './host-process.js';
import type { ProcessFolder } from './layout.js';
import { readRecord } from './record.js';
import { readIfThere, systemCodeOf } from './small-file.js';

/** Of a descriptor in /proc that is for writing alone. */
const writeOnly = 0o300;

/** @returns whether it has a reader; true where that cannot be told */
export function stdinReader(folder: ProcessFolder): () => boolean {
  let stdin: Stdin | undefined;
  let reader = '';
  return () => {
    stdin ??= stdinOf(folder);
    if (!stdin || linkOf(reader) === stdin.pipe) return true;
    // Its process may have passed it on.
    const found = readerOf(stdin);
    reader = found ?? '';
    return found !== undefined;
  };
}

/** The same of a process with another monitor, by the stdin that it has: a shell that waits for its start moves it. */
export function ownStdinReader(pid: number): () => boolean {
  const ownStdin = () => linkOf(`/proc/${pid}/fd/0`);
  let pipe = ownStdin();
  const holds = (process: number): boolean => {
    try {
      return descriptorsOf(process).some((path) => linkOf(path) === pipe);
    } catch {
      return false; // it has ended
    }
  };
  return () => {
    const present = ownStdin();
    if (present !== '/dev/null') pipe = present ?? pipe;
    return pipe === undefined || [pid, ...childrenOf(pid)].some(holds);
  };
}

interface Stdin {
  readonly monitor: number;
  /** As /proc names it: `pipe:[7]`. */
  readonly pipe: string;
}

/** The one pipe that a monitor writes to. */
function stdinOf(folder: ProcessFolder): Stdin | undefined {
  try {
    const monitor = readRecord(folder.record)?.monitor ?? null;
    if (!monitor || !isAlive(monitor)) return undefined;
    const descriptors = descriptorsOf(monitor.pid).filter((path) => (lstatSync(path).mode & 0o700) === writeOnly);
    const pipes = descriptors.map((path) => readlinkSync(path)).filter((link) => link.startsWith('pipe:'));
    return pipes.length === 1 && pipes[0] ? { monitor: monitor.pid, pipe: pipes[0] } : undefined;
  } catch {
    return undefined; // it has just ended, or its record is damaged: there are others who say so
  }
}

/** A descriptor of one of its processes; undefined if there is none, and empty where one may not be looked at. */
function readerOf({ monitor, pipe }: Stdin): string | undefined {
  let unseen = false;
  for (const pid of childrenOf(monitor)) {
    try {
      const found = descriptorsOf(pid).find((path) => linkOf(path) === pipe);
      if (found !== undefined) return found;
    } catch (error) {
      unseen ||= systemCodeOf(error) === 'EACCES';
    }
  }
  return unseen ? '' : undefined;
}

/** And theirs. A container's orphans are its first process's, or its monitor's. */
function* childrenOf(pid: number): Generator<number> {
  for (const thread of filesIn(`/proc/${pid}/task`)) {
    for (const child of readIfThere(`/proc/${pid}/task/${thread}/children`)?.split(' ').filter(Boolean) ?? []) {
      yield Number(child);
      yield* childrenOf(Number(child));
    }
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has ended
  }
}

function descriptorsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((name) => `${folder}/${name}`);
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // closed
  }
}
