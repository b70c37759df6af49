import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { programOf } from '../flags.js';
import { runDetached, runInForeground } from '../foreground/run-new-task.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import type { Session } from '../session.js';
import { acceptFlags, addCreateFlags, type CreateFlags, createOptsOf, surroundingsOf } from '../spec/create-flags.js';
import { type AttachFlags, addAttachFlags, assertTerminal } from '../terminal/terminal-flags.js';
import { addIdFileFlags, type IdFileFlags } from './make-task.js';

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
  const opts = await acceptFlags(id, programOf(cmd), options, session, { stays: false });
  return runDetached({ id, opts, rm: options.rm, files: options }, session);
}

async function inForeground(id: string, cmd: readonly string[], options: Options, session: Session): Promise<number> {
  await using proxy = new SignalProxy(process, options.sigProxy);
  const opts = await accept('CreateTask', id, session, () => {
    assertTerminal(options, session.stdin);
    return createOptsOf(id, programOf(cmd), options, surroundingsOf(session, true));
  });
  const flags = { ...options, unheard: options.logUri !== undefined };
  return await runInForeground({ id, opts, rm: options.rm, files: options }, flags, proxy, session);
}
