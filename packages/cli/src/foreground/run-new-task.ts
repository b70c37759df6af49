/** A task from nothing to its start, and to its end where somebody stays: what `run` and `restore` have in common. */
import type { CreateOpts, Exit, ManagedTask } from '@shiplog/core';
import { forceDelete } from '../commands/delete.js';
import { type IdFileFlags, makeTask } from '../commands/make-task.js';
import { startOrDiscard } from '../commands/start-or-discard.js';
import { unlessDeleted } from '../commands/unless-deleted.js';
import { InterruptedError } from '../errors.js';
import { exitCodes } from '../exit-codes.js';
import { exitCommandOptions, leaveToMonitor } from '../exit-command.js';
import type { Session } from '../session.js';
import type { AttachFlags, TerminalFlags } from '../terminal/terminal-flags.js';
import { exitRemarks } from '../views/exit-view.js';
import { taskView } from '../views/task-view.js';
import { attend } from './attend.js';
import { sayDetached } from './say-detached.js';
import type { SignalProxy } from './signal-proxy.js';
import { startAttached } from './start-attached.js';
import { startUnheard } from './start-unheard.js';

export interface NewTask {
  readonly id: string;
  readonly opts: CreateOpts;
  /** Delete it when it has ended. */
  readonly rm?: boolean | undefined;
  readonly files?: IdFileFlags;
}

/** Prints its ID once it is started. */
export async function runDetached({ id, opts, rm, files = {} }: NewTask, session: Session): Promise<void> {
  const { shiplog, context, common, output } = session;
  const taskOptions = exitCommandOptions(id, session, { rm });
  const task = await makeTask(id, { ...opts, taskOptions }, files, session);
  await startOrDiscard(task, session, () => task.start(context));
  await (common.json ? output.json(taskView(shiplog.runtime.state(id, context))) : output.line(id));
}

export interface ForegroundFlags extends AttachFlags, TerminalFlags {
  /** Whether what it writes goes elsewhere, so that there is nothing to print. */
  readonly unheard: boolean;
}

/** Stays with it; gives the exit code of the command. */
export async function runInForeground(
  { id, opts, rm, files = {} }: NewTask,
  flags: ForegroundFlags,
  proxy: SignalProxy,
  session: Session,
): Promise<number> {
  const { context } = session;
  // Nothing can be done when this command is killed, so the monitor does it then.
  const taskOptions = exitCommandOptions(id, session, { rm, unlessAlive: process.pid });
  const task = await makeTask(id, { ...opts, taskOptions }, files, session);
  const exit = await startAndAttend(task, proxy, { ...flags, rm }, session);
  if (!exit) {
    sayDetached(id, session);
    return exitCodes.ok;
  }
  if (rm) await unlessDeleted(task.delete(context));
  for (const remark of exitRemarks(id, exit)) session.output.talk(remark);
  return exit.status;
}

/** @returns undefined when its person has left it alone */
async function startAndAttend(
  task: ManagedTask,
  proxy: SignalProxy,
  { rm, interactive = false, tty = false, detachKeys, unheard }: ForegroundFlags & Pick<NewTask, 'rm'>,
  session: Session,
): Promise<Exit | undefined> {
  const { shiplog, context, output } = session;
  await using attachment = await startOrDiscard(task, session, () => {
    proxy.throwIfInterrupted();
    if (unheard) return startUnheard(task, context);
    return startAttached(task, interactive, context, shiplog.runtime.outputPath(task.id, '', context));
  });
  try {
    const exit = await attend(task, session, { attachment, proxy, interactive, tty, detachKeys });
    return exit ?? (await leave(task, session));
  } catch (error) {
    // With --rm the task lives no longer than this command; without it, it goes on when nobody waits any more (P7).
    if (rm) await forceDelete(task.id, session);
    else if (error instanceof InterruptedError) {
      output.talk(`${task.id} goes on; shiplog delete --force ${task.id} ends it`);
    }
    throw error;
  }
}

/** Its monitor takes over. It may have found us alive just before it was told: then there is an exit, and it is ours. */
async function leave(task: ManagedTask, { shiplog, context }: Session): Promise<Exit | undefined> {
  const { state } = shiplog.runtime.state(task.id, context);
  if (state.status === 'absent') return undefined;
  try {
    await leaveToMonitor(state.bundle);
    // What has ended cannot be attached to.
    await (await task.attach({}, context))[Symbol.asyncDispose]();
    return undefined;
  } catch {
    return task.wait(context);
  }
}
