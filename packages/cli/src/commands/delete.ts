import type { Exit } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { Session } from '../session.js';
import { parseSignal } from '../signals.js';
import { exitView } from '../views/exit-view.js';
import { eachTask } from './each-task.js';
import { type AllOption, addTasksOrAll, assertTasksOrAll } from './task-command.js';
import { unlessEnded } from './unless-ended.js';

interface Options extends AllOption {
  readonly force?: true;
}

export const configure: Configure = (command, cli) => {
  command.description(
    'Deletes tasks that have ended or were never started, and everything of them on the host. Their events stay.',
  );
  addTasksOrAll(command, 'every task of the namespace; one that runs only with --force');
  command.option('-f, --force', 'kill those first that run').action((ids: readonly string[], options: Options) => {
    assertTasksOrAll(command, ids, options);
    return cli.inSession(command, async (session) => {
      const { shiplog, context, common, output } = session;
      const all = () => shiplog.runtime.states({}, context);
      const { exitCode } = await eachTask(options.all ? all().map(({ task }) => task) : ids, session, {
        name: command.name(),
        run: async (id, inner) => ({ id, exit: await deleteTask(id, inner, options) }),
        show: async ({ id, exit }) => {
          if (common.json) await output.json(exitView(id, common.namespace, exit));
        },
      });
      return exitCode;
    });
  });
  addHelp(command, {
    examples: [
      ['shiplog delete job', 'a task that has ended'],
      ['shiplog delete --force web db', 'whatever they do'],
    ],
  });
};

function deleteTask(id: string, session: Session, { force }: Options): Promise<Exit> {
  return force ? forceDelete(id, session) : session.shiplog.runtime.delete(id, session.context);
}

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
