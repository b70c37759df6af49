import { type AttachOpts, attachedStdin, type ExecProcess, type Exit, type ManagedTask } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { attend } from '../foreground/attend.js';
import { sayDetached } from '../foreground/say-detached.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import type { Session } from '../session.js';
import { type AttachFlags, addAttachFlags, assertTerminal } from '../terminal/terminal-flags.js';
import { taskArgument } from './task-command.js';

interface Options extends AttachFlags {
  readonly exec?: string;
  /** False for `--no-stdin`. */
  readonly stdin?: boolean;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Prints what a task writes from now on, sends it what is typed, and ends with its exit code.')
    .argument(...taskArgument)
    .option('--exec <id>', 'an exec of the task, not its first process')
    .option('--no-stdin', 'send it nothing');
  addAttachFlags(command);
  command.action((id: string, options: Options) =>
    cli.inSession(command, (session) => attach(id, options, session), id),
  );
  addHelp(command, {
    examples: [
      ['shiplog attach web', 'where it has a terminal, ctrl-p ctrl-q leaves it alone again'],
      ['shiplog attach --no-stdin --sig-proxy=false web', 'look on; ctrl-c ends this command alone'],
    ],
    exitCodes: [
      "the container's own, 128 + n if signal n ended it;",
      '  0 also when it was left alone',
      '128 + n signal n ended this command',
    ],
  });
};

async function attach(id: string, options: Options, session: Session): Promise<number> {
  const { shiplog, context } = session;
  await using proxy = new SignalProxy(process, options.sigProxy);
  const task = await shiplog.runtime.get(id, context);
  const target = options.exec === undefined ? task : await task.process(options.exec, context);
  const { stdin, terminal: tty } = await target.state(context);
  const isOpen = stdin === attachedStdin.once || stdin === attachedStdin.keep;
  const interactive = options.stdin !== false && isOpen;
  if (interactive) assertTerminal({ interactive, tty }, session.stdin);
  const exit = await attendFrom(target, session, { stdin: interactive }, { ...options, proxy, interactive, tty });
  if (exit) return exit.status;
  sayDetached(id, session, options.exec);
  return exitCodes.ok;
}

async function attendFrom(
  target: ManagedTask | ExecProcess,
  session: Session,
  opts: AttachOpts,
  attendance: Omit<Parameters<typeof attend>[2], 'attachment'>,
): Promise<Exit | undefined> {
  await using attachment = await target.attach(opts, session.context);
  return await attend(target, session, { ...attendance, attachment, redraw: true });
}
