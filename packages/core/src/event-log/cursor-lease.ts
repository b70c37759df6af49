/** Who may read under a name: one handle at a time, of all that all processes have (N3 of named-subscription.ts). */
import { randomUUID } from 'node:crypto';
import type { Timestamp } from '../kernel/clock.js';
import { FailedPreconditionError } from '../kernel/errors.js';
import type { ProcessIdentity, ProcessTable } from '../kernel/process-identity.js';
import type { Cursor, CursorHolder } from './cursor-store.js';

const registry = Symbol.for('shiplog.subscriptions.open');
const shared = globalThis as { [registry]?: Set<string> };
shared[registry] ??= new Set();

/** Of the handles that this process has: in one place for all copies of this package that it may have loaded. */
export const openTokens: Set<string> = shared[registry];

export function newHolder(processes: ProcessTable, since: Timestamp): CursorHolder {
  return { process: processes.self(), token: randomUUID(), since };
}

/** Whether the handle is still there that the cursor names. */
export function isHeld({ holder }: Pick<Cursor, 'holder'>, processes: ProcessTable): boolean {
  if (!holder) return false;
  return isSame(holder.process, processes.self()) ? openTokens.has(holder.token) : processes.isAlive(holder.process);
}

function isSame(left: ProcessIdentity, right: ProcessIdentity): boolean {
  return left.pid === right.pid && left.startTime === right.startTime && left.bootId === right.bootId;
}

/** @throws FailedPreconditionError if somebody reads under that name */
export function assertFree(cursor: Cursor, processes: ProcessTable, advice: string): void {
  const { name, holder } = cursor;
  if (!holder || !isHeld(cursor, processes)) return;
  throw new FailedPreconditionError(
    `the subscription ${name} is held by process ${holder.process.pid} since ${holder.since}: ${advice}`,
    { details: { name, pid: holder.process.pid } },
  );
}
