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
  typeUrls,
} from '@shiplog/core';
import { execProcess, type OciSpec, parseExactJson } from '@shiplog/oci';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { programOf } from '../flags.js';
import { followProcess } from '../foreground/follow-process.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import type { Session } from '../session.js';
import { addProcessFlags, type ProcessFlags, processOptions } from '../spec/process-flags.js';
import { taskArgument } from './task-command.js';
import { unlessDeleted } from './unless-deleted.js';

interface Options extends ProcessFlags {
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
      cli.inSession(command, (session) => exec(id, programOf(cmd), options, session), id),
    );
  addProcessFlags(command, cli.env);
  addHelp(command, {
    examples: [
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

async function exec(id: string, args: readonly string[], options: Options, session: Session): Promise<number> {
  const { shiplog, context, common, output } = session;
  const { task, opts } = await accept('AddExec', id, session, async () => ({
    task: await shiplog.runtime.get(id, context),
    opts: execOptsOf(id, args, options, session),
  }));
  using proxy = options.detach ? undefined : new SignalProxy();
  const execId = `exec-${randomBytes(4).toString('hex')}`;
  const process = await task.exec(execId, opts, context);
  try {
    proxy?.throwIfInterrupted();
    await process.start(context);
    if (!proxy) {
      await (common.json ? output.json({ id: execId, task: id, namespace: common.namespace }) : output.line(execId));
      return exitCodes.ok;
    }
    const exit = await followProcess(process, session, {
      logPath: shiplog.runtime.outputPath(id, execId, context),
      proxy,
    });
    await unlessDeleted(process.delete(context));
    return exit.status;
  } catch (error) {
    // In the foreground it lives no longer than this command.
    await discard(process, session);
    throw error;
  }
}

function execOptsOf(id: string, args: readonly string[], options: Options, { shiplog, context }: Session): ExecOpts {
  const { state } = shiplog.runtime.state(id, context);
  if (state.status === 'absent') throw new NotFoundError(`task ${id} does not exist`);
  const { process, root } = parseExactJson(new TextDecoder().decode(shiplog.log.blob(state.spec.sha256))) as OciSpec;
  if (!process) throw new FailedPreconditionError(`the spec of task ${id} has no process that a command could be like`);
  const path = root?.path ?? 'rootfs';
  const rootfs = isAbsolute(path) ? path : join(state.bundle, path);
  return { spec: marshalAny(typeUrls.process, execProcess(process, { ...processOptions(options), rootfs, args })) };
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
