import { addHelp, type Configure } from '../command.js';
import { taskView } from '../views/task-view.js';
import { eachTask } from './each-task.js';
import { tasksArgument } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Shows the state of tasks.')
    .argument(...tasksArgument)
    .action((ids: readonly string[]) =>
      cli.inSession(command, async (session) => {
        const { common, output } = session;
        let shown = 0;
        const { exitCode } = await eachTask(ids, session, {
          name: command.name(),
          run: async (id, { shiplog, context }) => {
            // Refuses what is not there.
            await shiplog.runtime.get(id, context);
            return taskView(shiplog.runtime.state(id, context));
          },
          show: async (view) => {
            if (common.json) return output.json(view);
            if (shown > 0) await output.line('');
            shown += 1;
            await output.keyValues({ ...view });
          },
        });
        return exitCode;
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog state web', 'a line for each of its properties'],
      ['shiplog state --json web | jq .pid', 'one of them'],
    ],
  });
};
