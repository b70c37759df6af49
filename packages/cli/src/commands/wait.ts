import { addHelp, type Configure } from '../command.js';
import { interruptible } from '../foreground/interruptible.js';
import { exitView } from '../views/exit-view.js';
import { taskArgument } from './task-command.js';
import { unlessDeleted } from './unless-deleted.js';

interface Options {
  readonly rm?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Waits until a task has ended, prints its exit code, and ends with it.')
    .argument(...taskArgument)
    .option('--rm', 'delete the task once it has ended')
    .action((id: string, { rm }: Options) =>
      cli.inSession(
        command,
        async ({ shiplog, context, common, output }) => {
          const task = await shiplog.runtime.get(id, context);
          const exit = await interruptible((signal) => task.wait({ ...context, signal }));
          if (rm) await unlessDeleted(shiplog.runtime.delete(id, context));
          await (common.json ? output.json(exitView(id, common.namespace, exit)) : output.line(String(exit.status)));
          return exit.status;
        },
        id,
      ),
    );
  addHelp(command, {
    examples: [['shiplog run -d --rootfs ./rootfs job sh -c "exit 7"; shiplog wait job', 'prints 7 and ends with 7']],
    exitCodes: ["the container's own, 128 + n if signal n ended it, 255 where nobody knows it"],
  });
};
