import { FailedPreconditionError } from '@shiplog/core';
import { tailCriLog } from '@shiplog/oci';
import { addHelp, type Configure } from '../command.js';
import { copyOutput } from '../foreground/copy-output.js';
import { interruptible } from '../foreground/interruptible.js';
import type { Session } from '../session.js';
import { taskArgument } from './task-command.js';

interface Options {
  readonly follow?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Prints what a task wrote so far: its stdout to stdout, its stderr to stderr, byte by byte.')
    .argument(...taskArgument)
    .option('-f, --follow', 'go on printing until the task has ended')
    .action((id: string, { follow }: Options) =>
      cli.inSession(command, (session) => printLog(id, session, follow ?? false), id),
    );
  addHelp(command, {
    examples: [
      ['shiplog logs web', 'all of it'],
      ['shiplog logs --follow web 2>errors', 'as it comes, its stderr apart'],
    ],
    exitCodes: ['128 + n a signal ended --follow'],
  });
};

async function printLog(id: string, { shiplog, context, output }: Session, follow: boolean): Promise<void> {
  const task = await shiplog.runtime.get(id, context);
  const { stdout, stderr } = await task.state(context);
  if (stdout !== '' || stderr !== '') {
    throw new FailedPreconditionError(`task ${id} has no log: its output goes to ${stdout || stderr}`);
  }
  const path = shiplog.runtime.outputPath(id, '', context);
  if (!follow) return copyOutput(tailCriLog(path, AbortSignal.abort()), output);
  await interruptible(async (signal) => {
    const ended = new AbortController();
    const left = AbortSignal.any([signal, ended.signal]);
    const exit = task.wait({ ...context, signal }).finally(() => ended.abort());
    await Promise.all([exit, copyOutput(tailCriLog(path, left), output)]);
  });
}
