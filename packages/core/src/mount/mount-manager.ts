/**
 * Mounts in order, rolls back in reverse. It keeps nothing in memory: what is mounted the kernel knows, also after a
 * crash, and who asked for it the log knows (TaskManager puts the events around these calls).
 *
 * Invariants:
 *  M1  Nothing is mounted outside of the target, whatever `..` or symbolic link a mount's own target has.
 *  M2  `activate` mounts everything or, as far as the kernel allows, nothing.
 *  M3  `deactivate` unmounts the target and everything below it, nothing else, and can be called again.
 */
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { abortError } from '../kernel/call-context.js';
import {
  errorCodeOf,
  errorFromCode,
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
  isShiplogError,
  NotFoundError,
  UnavailableError,
} from '../kernel/errors.js';
import type { Mount, MountHandler } from './mount.js';
import { isWithin, type MountInfo, readMountInfo } from './mountinfo.js';
import { resolveInRoot } from './resolve-in-root.js';

export interface MountManagerOptions {
  /** Of two for one type the first counts. */
  readonly handlers: readonly MountHandler[];
  /** What is mounted, the latest last; /proc/self/mountinfo when absent. */
  readonly mountTable?: () => readonly MountInfo[];
}

export class MountManager {
  readonly #handlers: readonly MountHandler[];
  readonly #mountTable: () => readonly MountInfo[];

  constructor({ handlers, mountTable = readMountInfo }: MountManagerOptions) {
    this.#handlers = handlers;
    this.#mountTable = mountTable;
  }

  /** The mount types that there is a handler for. */
  get types(): readonly string[] {
    return [...new Set(this.#handlers.flatMap(({ types }) => types))];
  }

  /**
   * @param target absolute; a folder that exists and is no symbolic link
   * @param mounts each on its own `target` within the target, which may be made by a mount before it
   * @throws InvalidArgumentError for a mount that makes no sense; of an unknown type, before anything is mounted
   * @throws NotFoundError if a source or a mount point is not there
   */
  async activate(target: string, mounts: readonly Mount[], signal?: AbortSignal): Promise<void> {
    const root = mountRoot(target);
    const steps = mounts.map((mount) => ({ mount, handler: this.#handlerOf(mount.type) }));
    const done: { readonly handler: MountHandler; readonly path: string }[] = [];
    try {
      for (const { mount, handler } of steps) {
        if (signal?.aborted) throw abortError(signal, `${mount.type} was mounted on ${root}`);
        const path = mountPointOf(root, mount);
        await handler.mount(mount, path, signal);
        done.push({ handler, path });
      }
    } catch (cause) {
      const failures: string[] = [];
      for (const { handler, path } of done.reverse()) {
        // Without the signal: it may be what we are rolling back for.
        await handler.unmount(path).catch((error: unknown) => failures.push(`${path}: ${errorMessageOf(error)}`));
      }
      throw failures.length === 0 ? cause : withRollbackFailures(cause, failures);
    }
  }

  /**
   * Unmounts everything on and below the target, the latest first; fine if there is nothing, or no target.
   *
   * @throws UnavailableError if something stays mounted
   */
  async deactivate(target: string): Promise<void> {
    const root = mountRoot(target);
    let left = this.#mountedWithin(root);
    for (let latest = left.at(-1); latest; latest = left.at(-1)) {
      await this.#handlerFor(latest).unmount(latest.mountPoint);
      // Read again, since a lazy unmount takes along what is below; but never go round in circles.
      const now = this.#mountedWithin(root);
      if (now.length >= left.length) {
        throw new UnavailableError(`${latest.mountPoint} (${latest.fsType}) is still mounted after it was unmounted`, {
          details: { target: root, mountPoint: latest.mountPoint },
        });
      }
      left = now;
    }
  }

  /** Whether something is mounted on the target itself. */
  isMounted(target: string): boolean {
    const root = mountRoot(target);
    return this.#mountTable().some(({ mountPoint }) => mountPoint === root);
  }

  #mountedWithin(root: string): readonly MountInfo[] {
    return this.#mountTable().filter(({ mountPoint }) => isWithin(root, mountPoint));
  }

  #handlerOf(type: string): MountHandler {
    const handler = this.#handlers.find(({ types }) => types.includes(type));
    if (handler) return handler;
    const known = this.types.join(', ') || 'none: no mount plugin has started';
    throw new InvalidArgumentError(`mount type ${JSON.stringify(type)} is unknown; there are: ${known}`, {
      details: { type },
    });
  }

  /** A bind mount shows the type of the file system that it came from, which need not be one of ours. */
  #handlerFor({ fsType, mountPoint }: MountInfo): MountHandler {
    const of = (type: string) => this.#handlers.find(({ types }) => types.includes(type));
    const handler = of(fsType) ?? of('bind') ?? this.#handlers[0];
    if (handler) return handler;
    throw new UnavailableError(`${mountPoint} cannot be unmounted: no mount plugin has started`, {
      details: { mountPoint },
    });
  }
}

/** As the kernel names it. The last step is not followed: on a dead FUSE mount even a look fails. */
function mountRoot(target: string): string {
  if (!isAbsolute(target) || target.includes('\0')) {
    throw new InvalidArgumentError(`mount target ${JSON.stringify(target)} is not an absolute path`);
  }
  const path = resolve(target);
  if (path === '/') throw new InvalidArgumentError('nothing is mounted on / itself: give a folder of your own');
  const parent = dirname(path);
  return existsSync(parent) ? join(realpathSync(parent), basename(path)) : path;
}

function mountPointOf(root: string, mount: Mount): string {
  const details = { type: mount.type, target: mount.target };
  if (mount.target.includes('\0')) throw new InvalidArgumentError('a mount target has a zero byte in it', { details });
  if (lstatSync(root, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new FailedPreconditionError(`${root} is a symbolic link: give the folder that it leads to`, { details });
  }
  const path = resolveInRoot(root, mount.target);
  if (existsSync(path)) return path;
  throw new NotFoundError(`mount point ${path} does not exist: make it before something is mounted there`, { details });
}

/** The first cause is what the caller hears of; what the rollback left behind goes along. */
function withRollbackFailures(cause: unknown, failures: readonly string[]): Error {
  const message = `${errorMessageOf(cause)} (and not all could be rolled back: ${failures.join('; ')})`;
  const details = isShiplogError(cause) ? cause.details : {};
  return errorFromCode(errorCodeOf(cause), message, { cause, details: { ...details, rollbackFailures: failures } });
}
