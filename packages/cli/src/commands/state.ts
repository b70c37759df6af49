import { type AsOf, NotFoundError, parseNamespace, parseTaskId, type StreamState } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { type AtOption, addAtOption, asOfPoint } from '../point.js';
import { taskView } from '../views/task-view.js';
import { eachTask } from './each-task.js';
import { tasksArgument } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Shows the state of tasks.')
    .argument(...tasksArgument)
    .action((ids: readonly string[], { at }: AtOption) =>
      cli.inSession(command, async (session) => {
        const { common, output } = session;
        const then = at === undefined ? undefined : await asOfPoint(session, at);
        let shown = 0;
        const { exitCode } = await eachTask(ids, session, {
          name: command.name(),
          run: async (id, { shiplog, context }) => {
            if (then) return taskView(stateThen(then, common.namespace, id));
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
  addAtOption(command);
  addHelp(command, {
    examples: [
      ['shiplog state web', 'a line for each of its properties'],
      ['shiplog state --json web | jq .pid', 'one of them'],
      ['shiplog state --at 120 web', 'as it was after the event of position 120'],
    ],
  });
};

/** @throws NotFoundError if there was no such task */
function stateThen(then: AsOf, namespace: string, id: string): StreamState {
  const found = then.state({ namespace: parseNamespace(namespace), task: parseTaskId(id) });
  if (found.state.status !== 'absent') return found;
  throw new NotFoundError(`there was no task ${id} at position ${then.position}`);
}
