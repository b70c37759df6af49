import { type Exit, errorCodeOf } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { Session } from '../session.js';
import { parseSignal } from '../signals.js';
import { exitView } from '../views/exit-view.js';
import { taskArgument } from './task-command.js';

interface Options {
  readonly force?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Deletes a task that has ended or was never started, and everything of it on the host. Its events stay.',
    )
    .argument(...taskArgument)
    .option('-f, --force', 'kill it first if it runs')
    .action((id: string, { force }: Options) =>
      cli.inSession(
        command,
        async (session) => {
          const { shiplog, context, common, output } = session;
          const exit = force ? await forceDelete(id, session) : await shiplog.runtime.delete(id, context);
          if (common.json) await output.json(exitView(id, common.namespace, exit));
        },
        id,
      ),
    );
  addHelp(command, {
    examples: [
      ['shiplog delete job', 'a task that has ended'],
      ['shiplog delete --force web', 'whatever it does'],
    ],
  });
};

/** Kills every process of the task, waits for its end, deletes it. */
export async function forceDelete(
  id: string,
  { shiplog, context }: Pick<Session, 'shiplog' | 'context'>,
): Promise<Exit> {
  const task = await shiplog.runtime.task(id, context);
  const { status } = shiplog.runtime.state(id, context).state;
  if (status === 'running' || status === 'pausing' || status === 'paused') {
    await unlessEnded(task.kill(parseSignal('KILL'), { all: true }, context));
    // A frozen process gets its signal when it goes on.
    if (status !== 'running') await unlessEnded(task.resume(context));
    await task.wait(context);
  }
  return shiplog.runtime.delete(id, context);
}

/** It may end by itself in between; what else is wrong, the delete will say. */
async function unlessEnded(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== 'not-found' && code !== 'failed-precondition') throw error;
  }
}
