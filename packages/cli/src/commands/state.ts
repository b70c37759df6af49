import { addHelp, type Configure } from '../command.js';
import { taskView } from '../views/task-view.js';
import { taskArgument } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Shows the state of a task.')
    .argument(...taskArgument)
    .action((id: string) =>
      cli.inSession(
        command,
        async ({ shiplog, context, common, output }) => {
          // Refuses what is not there.
          await shiplog.runtime.get(id, context);
          const view = taskView(shiplog.runtime.state(id, context));
          await (common.json ? output.json(view) : output.keyValues({ ...view }));
        },
        id,
      ),
    );
  addHelp(command, {
    examples: [
      ['shiplog state web', 'a line for each of its properties'],
      ['shiplog state --json web | jq .pid', 'one of them'],
    ],
  });
};
