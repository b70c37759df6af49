/**
 * The one handler behind all kinds: it checks, mounts, and undoes what a failure has left. What is mounted it asks the
 * kernel, and never guesses from an exit code.
 */
import { errorMessageOf, type Mount, type MountHandler, readMountInfo, ShiplogError } from '@shiplog/core';
import type { Command, CommandOutcome, RunOptions } from '@shiplog/oci';
import type { MountCall, MountKind } from './mount-kind.js';
import { wrongMount } from './options.js';

/** As `runCommand`. */
export type Run = (
  command: Command,
  options: Pick<RunOptions, 'signal'>,
) => Promise<Pick<CommandOutcome, 'exitCode' | 'stderr'>>;

/** The absolute paths of mount(8) and umount(8). */
export interface MountPrograms {
  readonly mount: string;
  readonly umount: string;
}

/** No mtab, no helper program for a type, and paths taken as they are. */
const plainly = ['-n', '-i', '-c'] as const;

export function createMountHandler(kinds: readonly MountKind[], programs: MountPrograms, run: Run): MountHandler {
  const byType = new Map(kinds.map((kind) => [kind.type, kind]));

  const call = async (file: string, args: readonly string[], action: string, signal?: AbortSignal) => {
    const { exitCode, stderr } = await run({ file, args }, { signal });
    if (exitCode !== 0) throw commandError(action, file, args, exitCode, stderr);
  };

  const unmount = async (target: string, signal?: AbortSignal): Promise<void> => {
    const mounted = countMounts(target);
    if (mounted === 0) return;
    try {
      await call(programs.umount, [...plainly, '--', target], `unmount ${target}`, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      if (countMounts(target) < mounted) return;
      // Busy, most likely: take it out of sight, and the kernel lets go of it with its last user.
      await call(programs.umount, [...plainly, '-l', '--', target], `unmount ${target}`, signal);
    }
  };

  const mount = async (what: Mount, target: string, signal?: AbortSignal): Promise<void> => {
    const prepared = await byType.get(what.type)?.prepare(what, target);
    if (!prepared) throw wrongMount(what, `its type is none of: ${[...byType.keys()].join(', ')}`);
    const mounted = countMounts(target);
    try {
      await call(programs.mount, argumentsFor(what, prepared, target), `mount ${what.type} on ${target}`, signal);
    } catch (cause) {
      // A bind may stand while its remount failed, and a call that was given up may have come through.
      if (countMounts(target) > mounted) await unmount(target).catch((error: unknown) => cannotUndo(cause, error));
      throw cause;
    }
  };

  return { types: kinds.map(({ type }) => type), mount, unmount };
}

function argumentsFor(mount: Mount, { fsType, source, options }: MountCall, target: string): readonly string[] {
  if ([source, target, ...options].some((text) => text.includes('\0'))) {
    throw wrongMount(mount, 'there is a zero byte in its source or options');
  }
  return [
    ...plainly,
    ...(fsType === undefined ? [] : ['-t', fsType]),
    ...(options.length === 0 ? [] : ['-o', options.join(',')]),
    '--',
    source,
    target,
  ];
}

function countMounts(target: string): number {
  return readMountInfo().filter(({ mountPoint }) => mountPoint === target).length;
}

function cannotUndo(cause: unknown, error: unknown): never {
  const words = `${errorMessageOf(cause)} (and could not be undone: ${errorMessageOf(error)})`;
  throw new ShiplogError('unknown', words, { cause });
}

function commandError(action: string, file: string, args: readonly string[], exitCode: number, stderr: string) {
  // The second line only points at the kernel's log.
  const [line = ''] = stderr.trim().split('\n');
  const said = line === '' ? `it said nothing and ended with exit code ${exitCode}` : line;
  return new ShiplogError('unknown', `cannot ${action}: ${said}`, { details: { argv: [file, ...args], exitCode } });
}
