import { addHelp, type Configure } from '../command.js';
import { exitCommandOptions } from '../exit-command.js';
import { programOf } from '../flags.js';
import { acceptFlags, addCreateFlags, type CreateFlags } from '../spec/create-flags.js';
import { taskView } from '../views/task-view.js';
import { addIdFileFlags, type IdFileFlags, makeTask } from './make-task.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Creates a task and prints its ID. It has a pid, and runs nothing of yours until it is started.')
    .argument('<task>', 'the ID of the new task')
    .argument('[cmd...]', 'the program and its arguments; all that stands behind TASK belongs to it')
    .passThroughOptions()
    .action((id: string, cmd: readonly string[], flags: CreateFlags & IdFileFlags) =>
      cli.inSession(
        command,
        async (session) => {
          const { shiplog, context, common, output } = session;
          const opts = await acceptFlags(id, programOf(cmd), flags, session, { stays: true });
          await makeTask(id, { ...opts, taskOptions: exitCommandOptions(id, session) }, flags, session);
          await (common.json ? output.json(taskView(shiplog.runtime.state(id, context))) : output.line(id));
        },
        id,
      ),
    );
  addCreateFlags(command, cli.env);
  addIdFileFlags(command);
  addHelp(command, {
    examples: [
      ['shiplog create --rootfs ./rootfs web httpd -f -p 8080', 'then: shiplog start web'],
      ['shiplog create --bundle ./bundle web', 'as its config.json says'],
    ],
    exitCodes: ['126 the program may not run', '127 there is no such program'],
  });
};
