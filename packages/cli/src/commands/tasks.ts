import { addHelp, type Configure } from '../command.js';
import { namespaceColumn, taskColumns, taskView } from '../views/task-view.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Lists the tasks of the namespace.')
    .option('-a, --all', 'of all namespaces')
    .action(({ all = false }: { all?: boolean }) =>
      cli.inSession(command, async ({ shiplog, context, common, output }) => {
        const views = shiplog.runtime
          .states({ all }, context)
          .filter(({ state }) => state.status !== 'deleted')
          .map(taskView);
        if (!common.json) return output.table(all ? [namespaceColumn, ...taskColumns] : taskColumns, views);
        for (const view of views) await output.json(view);
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog tasks', 'those of the namespace `default`'],
      ['shiplog tasks --all --json', 'of all namespaces, as `shiplog state --json` shows each'],
    ],
  });
};
