import { FailedPreconditionError } from '@shiplog/core';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { attend } from '../foreground/attend.js';
import { sayDetached } from '../foreground/say-detached.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import { startAttached } from '../foreground/start-attached.js';
import type { Session } from '../session.js';
import { type AttachFlags, addAttachFlags, assertTerminal } from '../terminal/terminal-flags.js';
import { type AllOption, addTasksOrAll, everyTaskThatIs, tasksOrAllAction } from './task-command.js';

interface Options extends AttachFlags, AllOption {
  readonly attach?: boolean;
  readonly interactive?: boolean;
}

export const configure: Configure = (command, cli) => {
  command.description(
    'Starts created tasks and returns at once. Their output goes to their logs: see shiplog logs. With -a it stays.',
  );
  // As in podman, -a is --attach.
  addTasksOrAll(command, everyTaskThatIs(['created']), '--all');
  command
    .option('-a, --attach', 'print what the task writes, and end with its exit code')
    .option('-i, --interactive', 'the same, and send it your stdin');
  addAttachFlags(command);
  const startAll = tasksOrAllAction(command, cli, ['created'], (task, { context }) => task.start(context));
  command.action((ids: readonly string[], options: Options) => {
    if (!options.attach && !options.interactive) return startAll(ids, options);
    const [id, ...others] = ids;
    if (id === undefined || others.length > 0 || options.all) {
      return command.error('--attach and --interactive stay with one task: give one ID');
    }
    return cli.inSession(command, (session) => startInForeground(id, options, session), id);
  });
  addHelp(command, {
    examples: [
      ['shiplog create --rootfs ./rootfs web httpd -f && shiplog start web', 'create and start apart'],
      ['shiplog start web db', 'two of them'],
      ['shiplog create -it --rootfs ./rootfs box sh && shiplog start -ai box', 'at the keys of a shell'],
    ],
    exitCodes: [
      "with -a the container's own, 128 + n if signal n ended it;",
      '  0 also when it was left alone',
      '126 the program may not run (of a single task)',
      '127 there is no such program (of a single task)',
    ],
  });
};

async function startInForeground(
  id: string,
  { interactive = false, sigProxy, detachKeys }: Options,
  session: Session,
): Promise<number> {
  const { shiplog, context } = session;
  await using proxy = new SignalProxy(process, sigProxy);
  const { task, tty } = await accept('StartTask', id, session, async () => {
    const task = await shiplog.runtime.get(id, context);
    const { status, terminal: tty } = await task.state(context);
    if (status !== 'created') {
      throw new FailedPreconditionError(
        `cannot start task ${id}: it is ${status}; shiplog attach attaches to one that runs`,
      );
    }
    assertTerminal({ interactive, tty }, session.stdin);
    return { task, tty };
  });
  proxy.throwIfInterrupted();
  await using attachment = await startAttached(task, interactive, context, shiplog.runtime.outputPath(id, '', context));
  const exit = await attend(task, session, { attachment, proxy, interactive, tty, detachKeys });
  if (exit) return exit.status;
  sayDetached(id, session);
  return exitCodes.ok;
}
