import type { Exit } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { interruptible } from '../foreground/interruptible.js';
import type { Session } from '../session.js';
import { exitRemarks, exitView } from '../views/exit-view.js';
import { eachTask } from './each-task.js';
import { tasksArgument } from './task-command.js';
import { unlessDeleted } from './unless-deleted.js';

interface Options {
  readonly rm?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Waits until tasks have ended, and prints the exit code of each, in the order in which they are given. With one ' +
        'task it ends with its exit code.',
    )
    .argument(...tasksArgument)
    .option('--rm', 'delete each once it has ended')
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
    examples: [['shiplog run -d --rootfs ./rootfs job sh -c "exit 7"; shiplog wait job', 'prints 7 and ends with 7']],
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

async function waitFor(id: string, session: Session, signal: AbortSignal, { rm }: Options): Promise<Ended> {
  const { shiplog, context } = session;
  const task = await shiplog.runtime.get(id, context);
  const exit = await task.wait({ ...context, signal });
  if (rm) await unlessDeleted(shiplog.runtime.delete(id, context));
  return { id, exit };
}
