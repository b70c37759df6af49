import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { isAbsolute, join } from 'node:path';
import {
  type ExecOpts,
  type ExecProcess,
  errorCodeOf,
  errorMessageOf,
  FailedPreconditionError,
  marshalAny,
  NotFoundError,
  parseExactJson,
  typeUrls,
} from '@shiplog/core';
import { execProcess, type OciSpec } from '@shiplog/oci';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { programOf } from '../flags.js';
import { attend } from '../foreground/attend.js';
import { sayDetached } from '../foreground/say-detached.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import { startAttached } from '../foreground/start-attached.js';
import type { Session } from '../session.js';
import { addProcessFlags, type ProcessFlags, processOptions } from '../spec/process-flags.js';
import {
  type AttachFlags,
  addAttachFlags,
  addTerminalFlags,
  assertTerminal,
  ioOf,
  type TerminalFlags,
  withConsoleSize,
} from '../terminal/terminal-flags.js';
import { exitRemarks } from '../views/exit-view.js';
import { taskArgument } from './task-command.js';
import { unlessDeleted } from './unless-deleted.js';

interface Options extends ProcessFlags, TerminalFlags, AttachFlags {
  readonly detach?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      "Runs a command in a task, with the task's environment and user, and ends with the command's exit code.",
    )
    .argument(...taskArgument)
    .argument('<cmd...>', 'the program and its arguments; all that stands behind TASK belongs to it')
    .passThroughOptions()
    .option('-d, --detach', 'print the ID of the exec and return once it is started')
    .action((id: string, cmd: readonly string[], options: Options) =>
      cli.inSession(command, (session) => runExec(id, programOf(cmd), options, session), id),
    );
  addProcessFlags(command, cli.env);
  addTerminalFlags(command);
  addAttachFlags(command);
  addHelp(command, {
    examples: [
      ['shiplog exec -it web sh', 'a shell in it; ctrl-p ctrl-q leaves it alone'],
      ['shiplog exec web ls -l /', 'look into it'],
      ['shiplog exec --user nobody --env LANG=C web sh -c "id; env"', 'as somebody else'],
    ],
    exitCodes: [
      "the command's own, 128 + n if signal n ended it",
      '126 the program may not run',
      '127 there is no such program',
    ],
  });
};

async function runExec(id: string, args: readonly string[], options: Options, session: Session): Promise<number> {
  const { shiplog, context, common, output } = session;
  const { task, opts } = await accept('AddExec', id, session, async () => ({
    task: await shiplog.runtime.get(id, context),
    opts: execOptsOf(id, args, options, session),
  }));
  await using proxy = options.detach ? undefined : new SignalProxy(process, options.sigProxy);
  const execId = `exec-${randomBytes(4).toString('hex')}`;
  const exec = await task.exec(execId, opts, context);
  try {
    if (!proxy) {
      await exec.start(context);
      await (common.json ? output.json({ id: execId, task: id, namespace: common.namespace }) : output.line(execId));
      return exitCodes.ok;
    }
    proxy.throwIfInterrupted();
    const { interactive = false, tty = false, detachKeys } = options;
    await using attachment = await startAttached(exec, interactive, context);
    const exit = await attend(exec, session, { attachment, proxy, interactive, tty, detachKeys });
    if (!exit) {
      sayDetached(id, session, execId);
      return exitCodes.ok;
    }
    await unlessDeleted(exec.delete(context));
    for (const remark of exitRemarks(id, exit)) output.talk(remark);
    return exit.status;
  } catch (error) {
    // In the foreground it lives no longer than this command, unless it is left alone.
    await discard(exec, session);
    throw error;
  }
}

function execOptsOf(id: string, args: readonly string[], options: Options, session: Session): ExecOpts {
  const { shiplog, context, output } = session;
  if (!options.detach) assertTerminal(options, session.stdin);
  const { state } = shiplog.runtime.state(id, context);
  if (state.status === 'absent') throw new NotFoundError(`task ${id} does not exist`);
  const { value } = shiplog.runtime.payload(state.spec);
  const { process, root } = parseExactJson(new TextDecoder().decode(value)) as OciSpec;
  if (!process) throw new FailedPreconditionError(`the spec of task ${id} has no process that a command could be like`);
  const path = root?.path ?? 'rootfs';
  const rootfs = isAbsolute(path) ? path : join(state.bundle, path);
  const terminal = options.tty ?? false;
  const spec = execProcess(process, { ...processOptions(options), rootfs, args, terminal });
  return {
    spec: marshalAny(typeUrls.process, withConsoleSize(spec, output.size)),
    ...(options.secret && { secrets: options.secret }),
    io: ioOf(options, !options.detach),
  };
}

async function discard(process: ExecProcess, { context, output }: Session): Promise<void> {
  try {
    const { status } = await process.state(context);
    if (status === 'running') {
      await process.kill(constants.signals.SIGKILL, {}, context);
      await process.wait(context);
    }
    await process.delete(context);
  } catch (error) {
    // It may have ended, or its task may be gone, in between.
    if (errorCodeOf(error) !== 'not-found') output.talk(`exec ${process.id} is left behind: ${errorMessageOf(error)}`);
  }
}
