/**
 * Mounts in order, rolls back in reverse. It keeps nothing in memory: what is mounted the kernel knows, also after a
 * crash, and who asked for it the log knows (TaskManager puts the events around these calls).
 *
 * Invariants:
 *  M1  Nothing is mounted outside of the target, whatever `..` or symbolic link a mount's own target has.
 *  M2  `activate` mounts everything or, as far as the kernel allows, nothing.
 *  M3  `deactivate` unmounts the target and everything below it, nothing else, and can be called again.
 *  M4  What somebody else mounted on the target is not unmounted: `activate` starts on a free target only, and
 *      `deactivate` refuses one whose lowest mount is another than it was asked for.
 */
import { posix } from 'node:path';
import { abortError } from '../kernel/call-context.js';
import {
  errorCodeOf,
  errorFromCode,
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
  isShiplogError,
  UnavailableError,
} from '../kernel/errors.js';
import type { MountSet } from '../task/state.js';
import { isRemount, type Mount, type MountHandler } from './mount.js';
import { makeMountPoint, mountPointOf, mountRoot } from './mount-point.js';
import { fits, type MountOnHost, type MountUse, mountStatuses } from './mount-status.js';
import { isWithin, type MountInfo, readMountInfo } from './mountinfo.js';
import { resolveInRoot } from './resolve-in-root.js';

export interface MountManagerOptions {
  /** Of two for one type the first counts. */
  readonly handlers: readonly MountHandler[];
  /** What is mounted, the latest last; /proc/self/mountinfo when absent. */
  readonly mountTable?: () => readonly MountInfo[];
}

export interface Deactivated {
  /** Mount points that were busy: they are out of sight, and gone with their last user. */
  readonly detached: readonly string[];
}

interface Undo {
  readonly path: string;
  run(): unknown;
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
   * @param mounts each on its own `target` within the target; one that is missing is made in what is mounted by then
   * @throws InvalidArgumentError for a mount that makes no sense; of an unknown type, before anything is mounted
   * @throws NotFoundError if a source or a mount point is not there
   * @throws FailedPreconditionError if something is mounted on the target or below it already
   */
  async activate(target: string, mounts: readonly Mount[], signal?: AbortSignal): Promise<void> {
    const root = mountRoot(target);
    const steps = mounts.map((mount) => ({ mount, handler: this.#handlerOf(mount.type) }));
    for (const { mount, handler } of steps) handler.check?.(mount);
    requireBases(mounts);
    this.#requireFree(root);
    const undo: Undo[] = [];
    try {
      for (const { mount, handler } of steps) {
        if (signal?.aborted) throw abortError(signal, `${mount.type} was mounted on ${root}`);
        const path = mountPointOf(root, mount);
        const unmake = makeMountPoint(
          path,
          mount,
          undo.some((step) => step.path === root),
        );
        if (unmake) undo.push({ path, run: unmake });
        await handler.mount(mount, path, signal);
        // Without the signal: it may be what we are rolling back for.
        if (!isRemount(mount)) undo.push({ path, run: () => handler.unmount(path) });
      }
    } catch (cause) {
      const failures: string[] = [];
      for (const { path, run } of undo.reverse()) {
        try {
          await run();
        } catch (error) {
          failures.push(`${path}: ${errorMessageOf(error)}`);
        }
      }
      throw failures.length === 0 ? cause : withRollbackFailures(cause, failures);
    }
  }

  /**
   * Unmounts everything on and below the target, the latest first; fine if there is nothing, or no target. Each is
   * tried, also when one fails.
   *
   * @param asked the mounts that were activated there, to tell them from another's (M4)
   * @throws FailedPreconditionError if it is another's
   * @throws whatever the first that stays mounted failed with; `details.left` has them all
   */
  async deactivate(target: string, asked: readonly Mount[] = []): Promise<Deactivated> {
    const root = mountRoot(target);
    this.#requireOurs(root, asked);
    const detached: string[] = [];
    const failures = new Map<number, unknown>();
    const next = () => this.#mountedWithin(root).findLast(({ id }) => !failures.has(id));
    // Read anew each time, since a lazy unmount takes along what is below.
    for (let latest = next(); latest; latest = next()) {
      const { id, mountPoint } = latest;
      try {
        const how = await this.#handlerFor(latest).unmount(mountPoint);
        if (this.#mountedWithin(root).some((mounted) => mounted.id === id)) failures.set(id, stillMounted(latest));
        else if (how === 'detached') detached.push(mountPoint);
      } catch (error) {
        failures.set(id, error);
      }
    }
    const left = this.mountPoints(root);
    const [first] = failures.values();
    if (left.length > 0) throw withLeft(first, left);
    return { detached };
  }

  /** Whether something is mounted on the target itself. */
  isMounted(target: string): boolean {
    return this.mountPoints(target).includes(mountRoot(target));
  }

  /** Everything on the target and below it that something is mounted on, the latest last. */
  mountPoints(target: string): readonly string[] {
    return this.#mountedWithin(mountRoot(target)).map(({ mountPoint }) => mountPoint);
  }

  /** Each mount of a set as the log has it, beside what the host has. */
  statuses(set: MountSet, use: MountUse): readonly MountOnHost[] {
    return mountStatuses(mountRoot(set.target), set, use, this.#mountTable());
  }

  #mountedWithin(root: string): readonly MountInfo[] {
    return this.#mountTable().filter(({ mountPoint }) => isWithin(root, mountPoint));
  }

  #requireFree(root: string): void {
    const [other] = this.#mountedWithin(root);
    if (!other) return;
    throw new FailedPreconditionError(
      `${other.mountPoint} has a mount already (${other.fsType}) that is none of these: unmount it first`,
      { details: { target: root, mountPoint: other.mountPoint } },
    );
  }

  #requireOurs(root: string, asked: readonly Mount[]): void {
    const base = asked.find((mount) => !isRemount(mount) && resolveInRoot(root, mount.target) === root);
    const lowest = this.#mountTable().find(({ mountPoint }) => mountPoint === root);
    if (!base || !lowest || fits(base, lowest)) return;
    throw new FailedPreconditionError(
      `${root} has a mount (${lowest.fsType}) that is not the one made there (${base.type}): unmount it by hand, then try again`,
      { details: { target: root, mountPoint: root } },
    );
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

/** A remount changes what one of these mounts made before it, never something of the host's. */
function requireBases(mounts: readonly Mount[]): void {
  const targets = new Set<string>();
  for (const mount of mounts) {
    const target = posix.resolve('/', mount.target);
    if (!isRemount(mount)) targets.add(target);
    else if (!targets.has(target)) {
      throw new InvalidArgumentError(
        `cannot mount ${mount.type}: there is nothing to remount on ${JSON.stringify(target)}; a remount stands behind the mount that it changes`,
        { details: { type: mount.type, target: mount.target } },
      );
    }
  }
}

/** The first cause is what the caller hears of; what the rollback left behind goes along. */
function withRollbackFailures(cause: unknown, failures: readonly string[]): Error {
  const message = `${errorMessageOf(cause)} (and not all could be rolled back: ${failures.join('; ')})`;
  const details = isShiplogError(cause) ? cause.details : {};
  return errorFromCode(errorCodeOf(cause), message, { cause, details: { ...details, rollbackFailures: failures } });
}

function stillMounted({ mountPoint, fsType }: MountInfo): Error {
  return new UnavailableError(`${mountPoint} (${fsType}) is still mounted after it was unmounted`);
}

function withLeft(cause: unknown, left: readonly string[]): Error {
  const message = `${errorMessageOf(cause)} (still mounted: ${left.join(', ')})`;
  return errorFromCode(errorCodeOf(cause), message, { cause, details: { left } });
}
