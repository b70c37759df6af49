import type { Exit } from '@shiplog/core';
import { Option } from 'commander';
import { addHelp, type Configure } from '../command.js';
import { asMonitorOption, worksIn } from '../exit-command.js';
import { interruptible } from '../foreground/interruptible.js';
import type { Session } from '../session.js';
import { exitRemarks, exitView } from '../views/exit-view.js';
import { eachTask } from './each-task.js';
import { tasksArgument } from './task-command.js';
import { unlessDeleted } from './unless-deleted.js';
import { unlessGone } from './unless-gone.js';

interface Options {
  readonly rm?: true;
  readonly exec?: string;
  readonly asMonitor?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Waits until tasks have ended, and prints the exit code of each, in the order in which they are given. With one ' +
        'task it ends with its exit code. Of one that was deleted, the log has it.',
    )
    .argument(...tasksArgument)
    .option('--rm', 'delete each once it has ended')
    .addOption(new Option('--exec <id>', 'an exec of the task, not its first process').conflicts('rm'))
    .addOption(asMonitorOption)
    .action((ids: readonly string[], options: Options) =>
      cli.inSession(command, async (session) => {
        const { exitCode, results } = await interruptible((signal) =>
          eachTask(ids, session, {
            name: command.name(),
            run: (id, inner) => waitFor(id, inner, signal, options),
            show: async ({ id, exit }) => {
              const { common, output } = session;
              await (common.json
                ? output.json(exitView(id, common.namespace, exit))
                : output.line(String(exit.status)));
              if (!common.json) for (const remark of exitRemarks(id, exit)) output.talk(remark);
            },
          }),
        );
        const [only] = results;
        return results.length === 1 && only ? only.exit.status : exitCode;
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog run -d --rootfs ./rootfs job sh -c "exit 7"; shiplog wait job', 'prints 7 and ends with 7'],
      ['shiplog delete job; shiplog wait job', 'so it does when nothing is left of it but its events'],
    ],
    exitCodes: [
      "of a single task the container's own, 128 + n if signal n ended it,",
      '  255 where nobody knows it',
      '128 + n a signal ended the waiting',
    ],
  });
};

interface Ended {
  readonly id: string;
  readonly exit: Exit;
}

async function waitFor(
  id: string,
  session: Session,
  signal: AbortSignal,
  { rm, exec, asMonitor }: Options,
): Promise<Ended> {
  const { runtime } = session.shiplog;
  const { context } = session;
  const wait = async () => {
    const task = await runtime.get(id, context);
    // With the task of that monitor went its bundle, and its end is in the log.
    if (asMonitor && !worksIn(runtime.state(id, context).state)) return runtime.exitOf(id, exec, context);
    const exit = await (exec === undefined ? task : await task.process(exec, context)).wait({ ...context, signal });
    if (rm) await unlessDeleted(task.delete(context));
    return exit;
  };
  return { id, exit: await unlessGone(wait, () => runtime.exitOf(id, exec, context)) };
}
