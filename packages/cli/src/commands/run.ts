import type { Exit, ManagedTask } from '@shiplog/core';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { InterruptedError } from '../errors.js';
import { exitCodes } from '../exit-codes.js';
import { exitCommandOptions, leaveToMonitor } from '../exit-command.js';
import { programOf } from '../flags.js';
import { attend } from '../foreground/attend.js';
import { sayDetached } from '../foreground/say-detached.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import { startAttached } from '../foreground/start-attached.js';
import { startUnheard } from '../foreground/start-unheard.js';
import type { Session } from '../session.js';
import { acceptFlags, addCreateFlags, type CreateFlags, createOptsOf, surroundingsOf } from '../spec/create-flags.js';
import { type AttachFlags, addAttachFlags, assertTerminal } from '../terminal/terminal-flags.js';
import { exitRemarks } from '../views/exit-view.js';
import { taskView } from '../views/task-view.js';
import { forceDelete } from './delete.js';
import { addIdFileFlags, type IdFileFlags, makeTask } from './make-task.js';
import { startOrDiscard } from './start-or-discard.js';
import { unlessDeleted } from './unless-deleted.js';

interface Options extends CreateFlags, AttachFlags, IdFileFlags {
  readonly rm?: true;
  readonly detach?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Creates a task, starts it, prints what it writes, and ends with its exit code.')
    .argument('<task>', 'the ID of the new task')
    .argument('[cmd...]', 'the program and its arguments; all that stands behind TASK belongs to it')
    .passThroughOptions()
    .option('--rm', 'delete the task when it has ended')
    .option('-d, --detach', 'print the ID and return once it is started')
    .action((id: string, cmd: readonly string[], options: Options) =>
      cli.inSession(command, (session) => (options.detach ? detached : inForeground)(id, cmd, options, session), id),
    );
  addCreateFlags(command, cli.env);
  addAttachFlags(command);
  addIdFileFlags(command);
  addHelp(command, {
    examples: [
      ['shiplog run --rm --rootfs ./rootfs hello echo hello', 'run a command, keep nothing but its events'],
      ['shiplog run -d --rootfs ./rootfs --memory 64m web httpd -f', 'in the background; logs, wait and delete follow'],
      ['shiplog run --rm -it --rootfs ./rootfs box sh', 'a shell on a terminal; ctrl-p ctrl-q leaves it alone'],
      ['echo hi | shiplog run --rm -i --rootfs ./rootfs filter cat', 'in a pipeline'],
      ['shiplog run --runtime io.containerd.crun.v1 --bundle ./bundle job', 'an OCI bundle, on crun'],
    ],
    exitCodes: [
      "the container's own, 128 + n if signal n ended it, 255 where nobody knows it",
      '126 the program may not run',
      '127 there is no such program',
    ],
  });
};

async function detached(id: string, cmd: readonly string[], options: Options, session: Session): Promise<void> {
  const { shiplog, context, common, output } = session;
  const opts = await acceptFlags(id, programOf(cmd), options, session, { stays: false });
  const taskOptions = exitCommandOptions(id, common, { rm: options.rm });
  const task = await makeTask(id, { ...opts, taskOptions }, options, session);
  await startOrDiscard(task, session, () => task.start(context));
  await (common.json ? output.json(taskView(shiplog.runtime.state(id, context))) : output.line(id));
}

async function inForeground(id: string, cmd: readonly string[], options: Options, session: Session): Promise<number> {
  const { shiplog, context, common } = session;
  await using proxy = new SignalProxy(process, options.sigProxy);
  const opts = await accept('CreateTask', id, session, () => {
    assertTerminal(options, session.stdin);
    return createOptsOf(id, programOf(cmd), options, surroundingsOf(session, true));
  });
  // Nothing can be done when this command is killed, so the monitor does it then.
  const taskOptions = exitCommandOptions(id, common, { rm: options.rm, unlessAlive: process.pid });
  const task = await makeTask(id, { ...opts, taskOptions }, options, session);
  const exit = await startAndAttend(task, proxy, options, session);
  if (!exit) {
    sayDetached(id, session);
    return exitCodes.ok;
  }
  if (options.rm) await unlessDeleted(shiplog.runtime.delete(id, context));
  for (const remark of exitRemarks(id, exit)) session.output.talk(remark);
  return exit.status;
}

/** @returns undefined when its person has left it alone */
async function startAndAttend(
  task: ManagedTask,
  proxy: SignalProxy,
  { rm, interactive = false, tty = false, detachKeys, logUri }: Options,
  session: Session,
): Promise<Exit | undefined> {
  const { context, output } = session;
  await using attachment = await startOrDiscard(task, session, () => {
    proxy.throwIfInterrupted();
    return logUri === undefined ? startAttached(task, interactive, context) : startUnheard(task, context);
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
