import { addHelp, type Configure } from '../command.js';
import { type Filter, filterOf, parseFilter } from '../filters.js';
import { collect } from '../flags.js';
import type { TableFlags } from '../output/output.js';
import { type AtOption, addAtOption, asOfPoint } from '../point.js';
import { addTableOptions } from '../table-options.js';
import { namespaceColumn, type TaskView, taskColumns, taskView } from '../views/task-view.js';

interface Options extends TableFlags, AtOption {
  readonly all?: true;
  readonly quiet?: true;
  readonly filter?: readonly Filter[];
}

/** As docker and podman name them. */
const filterKeys = {
  id: ({ id }: TaskView) => id,
  status: ({ status }: TaskView) => status,
  runtime: ({ runtime }: TaskView) => runtime,
  exited: ({ exitStatus }: TaskView) => String(exitStatus ?? ''),
} as const;
const keys = Object.keys(filterKeys);

export const configure: Configure = (command, cli) => {
  command
    .description('Lists the tasks of the namespace, whatever their status.')
    .option('-a, --all', 'of all namespaces')
    .option('-q, --quiet', 'the IDs alone')
    .option('--filter <key=value>', `${keys.join(', ')}; * stands for anything`, collect(parseFilter(keys)))
    .action(({ all, quiet, filter = [], at, ...table }: Options) =>
      cli.inSession(command, async (session) => {
        const { shiplog, context, common, output } = session;
        const states =
          at === undefined
            ? shiplog.runtime.states({ all: all ?? false }, context)
            : (await asOfPoint(session, at)).tasks(all ? {} : { namespace: common.namespace });
        const views = states.map(taskView).filter(filterOf(filter, filterKeys));
        if (quiet) return output.lines(views.map(({ id }) => id));
        if (common.json) return output.lines(views.map((view) => JSON.stringify(view)));
        await output.table(all ? [namespaceColumn, ...taskColumns] : taskColumns, views, table);
      }),
    );
  addAtOption(command);
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog tasks', 'those of the namespace `default`'],
      ['shiplog tasks --all --json', 'of all namespaces, as `shiplog state --json` shows each'],
      ['shiplog tasks --at 2026-01-31T12:00:00Z', 'those that there were at noon'],
      ['shiplog delete $(shiplog ls -q --filter status=stopped)', 'those that have ended'],
    ],
  });
};
