/**
 * The one handler behind all kinds: it checks, mounts, and undoes what a failure has left. What is mounted it asks the
 * kernel, and never guesses from an exit code.
 */
import { readlinkSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  errorMessageOf,
  FailedPreconditionError,
  isRemount,
  type Mount,
  type MountHandler,
  readMountInfo,
  ShiplogError,
  type Unmounted,
} from '@shiplog/core';
import type { Command, CommandOutcome, RunOptions } from '@shiplog/oci';
import { isBusy, mountError } from './mount-errors.js';
import type { MountCall, MountKind } from './mount-kind.js';
import { sortOptions, wrongMount } from './options.js';

/** As `runCommand`. */
export type Run = (
  command: Command,
  options: Pick<RunOptions, 'signal' | 'cwd' | 'env'>,
) => Promise<Pick<CommandOutcome, 'exitCode' | 'stderr'>>;

/** The absolute paths of mount(8) and umount(8). */
export interface MountPrograms {
  readonly mount: string;
  readonly umount: string;
}

/** No mtab, no helper program for a type, and paths taken as they are. */
const plainly = ['-n', '-i', '-c'] as const;

/** One system call as ever: the newer ones take at most 255 bytes of one option, and say other things when they fail. */
const env = { LIBMOUNT_FORCE_MOUNT2: 'always' };

/** Milliseconds between tries to unmount what is busy, before it is detached. */
const busyDelays = [20, 50, 100];

export function createMountHandler(kinds: readonly MountKind[], programs: MountPrograms, run: Run): MountHandler {
  const byType = new Map(kinds.map((kind) => [kind.type, kind]));

  const call = async (args: readonly string[], action: string, options: Pick<RunOptions, 'signal' | 'cwd'>) => {
    const { exitCode, stderr } = await run({ file: programs.mount, args }, { ...options, env });
    if (exitCode !== 0) throw mountError(action, stderr, { argv: [programs.mount, ...args], exitCode });
  };

  const tryUnmount = async (target: string, how: readonly string[], signal: AbortSignal | undefined) => {
    requireNoLink(target);
    const args = [...plainly, ...how, '--', target];
    const { exitCode, stderr } = await run({ file: programs.umount, args }, { signal });
    const failure = () => mountError(`unmount ${target}`, stderr, { argv: [programs.umount, ...args], exitCode });
    return { done: exitCode === 0, busy: isBusy(stderr), failure };
  };

  const unmount = async (target: string, signal?: AbortSignal): Promise<Unmounted> => {
    const mounted = countMounts(target);
    const isGone = () => countMounts(target) < mounted;
    if (mounted === 0) return 'unmounted';
    let tried = await tryUnmount(target, [], signal);
    for (const ms of busyDelays) {
      if (tried.done || isGone()) return 'unmounted';
      if (!tried.busy) break;
      await delay(ms);
      tried = await tryUnmount(target, [], signal);
    }
    if (tried.done || isGone()) return 'unmounted';
    // Out of sight it goes all the same; the kernel lets go of it with its last user.
    const detached = await tryUnmount(target, ['-l'], signal);
    if (!detached.done && !isGone()) throw detached.failure();
    return tried.busy ? 'detached' : 'unmounted';
  };

  const kindOf = (what: Mount): MountKind => {
    const kind = byType.get(what.type);
    if (!kind) throw wrongMount(what, `its type is none of: ${[...byType.keys()].join(', ')}`);
    if ([what.source, ...what.options].some((text) => text.includes('\0'))) {
      throw wrongMount(what, 'there is a zero byte in its source or options');
    }
    kind.check(what);
    const { own } = sortOptions(what);
    if (isRemount(what) && kind.ofHost && own.length > 0) {
      throw wrongMount(what, `option ${own[0]} is of the host's own file system, which a remount must not change`);
    }
    return kind;
  };

  const make = async (what: Mount, prepared: MountCall, target: string, signal: AbortSignal | undefined) => {
    const { fsType, source, options, afterwards = [], cwd } = prepared;
    const action = `mount ${what.type} on ${target}`;
    const type = fsType === undefined ? [] : ['-t', fsType];
    await call([...plainly, ...type, ...listOf(options), '--', source, target], action, {
      signal,
      ...(cwd && { cwd }),
    });
    if (afterwards.length === 0) return;
    for (const { mountPoint, options: present } of within(target)) {
      const flags = ['remount', 'bind', ...present, ...afterwards];
      await call([...plainly, ...listOf(flags), '--', source, mountPoint], action, { signal });
    }
  };

  const change = async (what: Mount, { ofHost, type }: MountKind, target: string, signal: AbortSignal | undefined) => {
    const { flags, propagation, own } = sortOptions(what);
    const action = `remount ${what.type} on ${target}`;
    if (flags.length + own.length > 0) {
      // What is not said again would be lost.
      const present = within(target).findLast(({ mountPoint }) => mountPoint === target)?.options ?? [];
      const options = ['remount', ...(ofHost ? ['bind', ...present] : []), ...flags, ...own];
      const fsType = ofHost ? [] : ['-t', type];
      await call([...plainly, ...fsType, ...listOf(options), '--', what.source || type, target], action, { signal });
    }
    for (const word of propagation) await call([...plainly, `--make-${word}`, '--', target], action, { signal });
  };

  const mount = async (what: Mount, target: string, signal?: AbortSignal): Promise<void> => {
    const kind = kindOf(what);
    if (isRemount(what)) return change(what, kind, target, signal);
    const prepared = await kind.prepare(what, target);
    const mounted = countMounts(target);
    try {
      await make(what, prepared, target, signal);
    } catch (cause) {
      // A bind may stand while its remount failed, and a call that was given up may have come through. Of an rbind, what
      // came along goes first.
      try {
        while (countMounts(target) > mounted) await unmount(within(target).at(-1)?.mountPoint ?? target);
      } catch (error) {
        cannotUndo(cause, error);
      }
      throw cause;
    } finally {
      await prepared.cleanUp?.();
    }
  };

  return { types: [...byType.keys()], check: (what) => void kindOf(what), mount, unmount };
}

function listOf(options: readonly string[]): readonly string[] {
  return options.length === 0 ? [] : ['-o', options.join(',')];
}

function countMounts(target: string): number {
  return readMountInfo().filter(({ mountPoint }) => mountPoint === target).length;
}

/** The mount itself, and what came along with an rbind. */
function within(target: string) {
  return readMountInfo().filter(({ mountPoint }) => mountPoint === target || mountPoint.startsWith(`${target}/`));
}

/**
 * The path is as the kernel gave it, without links; but what was mounted above it since may have one in the place of a
 * folder, which umount(8) would follow. On a dead FUSE mount nothing can be looked at: then the kernel has the word.
 */
function requireNoLink(target: string): void {
  const parent = dirname(target);
  if (
    unlessItThrows(() => realpathSync(parent), parent) === parent &&
    unlessItThrows(() => readlinkSync(target)) === ''
  )
    return;
  throw new FailedPreconditionError(
    `${target} leads elsewhere, through a symbolic link in what is mounted above it: unmount that first`,
    { details: { target } },
  );
}

function unlessItThrows(look: () => string, otherwise = ''): string {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function cannotUndo(cause: unknown, error: unknown): never {
  const words = `${errorMessageOf(cause)} (and could not be undone: ${errorMessageOf(error)})`;
  throw new ShiplogError('unknown', words, { cause });
}
