import { addHelp, type Configure } from '../command.js';
import { exitCommandOptions } from '../exit-command.js';
import { notEmpty } from '../flags.js';
import { taskView } from '../views/task-view.js';
import { taskArgument } from './task-command.js';

interface Options {
  readonly runtime: string;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Creates a task anew on another runtime, while it is created or stopped, from what it was created with. It is ' +
        'created then, and not started; its output so far is gone. What cannot be created there is created where it was.',
    )
    .argument(...taskArgument)
    .requiredOption('--runtime <id>', 'the runtime that it is to be on: see shiplog plugins', notEmpty)
    .action((id: string, { runtime }: Options) =>
      cli.inSession(
        command,
        async (session) => {
          const { shiplog, context, common, output } = session;
          await shiplog.runtime.swap(id, { runtime, taskOptions: exitCommandOptions(id, session) }, context);
          await (common.json ? output.json(taskView(shiplog.runtime.state(id, context))) : output.line(id));
        },
        id,
      ),
    );
  addHelp(command, {
    examples: [
      ['shiplog swap web --runtime io.containerd.crun.v1', 'it is created there now'],
      ['shiplog replay --against io.containerd.crun.v1 --task web', 'beforehand: what would differ?'],
    ],
    exitCodes: ['126 the program may not run', '127 there is no such program'],
  });
};
