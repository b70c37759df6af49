import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marshalAny, readStartTime, type TaskState, type TypedAny } from '@shiplog/core';
import { ociOptionsType } from '@shiplog/oci';
import { Option } from 'commander';
import type { Session } from './session.js';

/** The same file whether we run from the bundle or from the sources. */
const program = fileURLToPath(new URL('../bundle/main.cjs', import.meta.url));
/** As in bin/shiplog. */
const nodeFlags = ['--min-semi-space-size=16'];

export interface ExitCommandOptions {
  /** Delete the task, too. */
  readonly rm?: boolean | undefined;
  /** Only if this process is gone by then: as long as it lives, it does all that itself. */
  readonly unlessAlive?: number;
}

/**
 * What a task's monitor runs when the task has ended, so that its exit comes into the log when no Shiplog process is
 * there to see it (P7).
 */
export function exitCommandOptions(
  id: string,
  { common: { root, state, namespace }, pluginFlags }: Pick<Session, 'common' | 'pluginFlags'>,
  { rm, unlessAlive }: ExitCommandOptions = {},
): TypedAny {
  const wait = [
    process.execPath,
    ...nodeFlags,
    program,
    'wait',
    ...['--root', root, '--state', state, '-n', namespace],
    ...pluginFlags,
    asMonitorOption.long as string,
    ...(rm ? ['--rm'] : []),
    id,
  ];
  const exitCommand = unlessAlive === undefined ? wait : [...guardOf(unlessAlive), ...wait];
  return marshalAny(ociOptionsType, { exitCommand });
}

/** Of `wait`, for nobody else: a later task that got the name has a monitor of its own. */
export const asMonitorOption = new Option('--as-monitor', 'only the task in whose bundle this works').hideHelp();

/**
 * Whether a monitor that runs this process is the task's. It works in a folder of the bundle; that folder goes with the task,
 * and no other becomes it while somebody works in it.
 */
export function worksIn(state: TaskState): boolean {
  if (state.status === 'absent') return false;
  const [ours, theirs] = ['..', state.bundle].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return ours !== undefined && theirs !== undefined && ours.dev === theirs.dev && ours.ino === theirs.ino;
}

/** In the task's bundle; the monitor, and what it runs, work in a folder of that. */
const leftMark = '.left';

/** From now on, this process looks after the task no more, though it may live on for a while. */
export async function leaveToMonitor(bundle: string): Promise<void> {
  await writeFile(join(bundle, leftMark), '');
}

/**
 * Runs the rest of its arguments unless a process is alive that has not left the task. It is told by its pid and its
 * start time: a later process of that pid is not it, and a zombie is dead. One shell without a child: a millisecond
 * beside Node's start. What comes from users is in "$@".
 */
const guard = `
is_it() { [ "$1" != Z ] && [ "$1" != X ] && shift 19 && [ "$1" = "$start" ]; }
start=$1
shift
[ -e ../${leftMark} ] && exec "$@"
{ read -r stat <"/proc/$0/stat"; } 2>/dev/null && is_it \${stat##*) } || exec "$@"
`.trim();

function guardOf(pid: number): readonly string[] {
  return ['/bin/sh', '-c', guard, String(pid), String(readStartTime(pid) ?? 0)];
}
