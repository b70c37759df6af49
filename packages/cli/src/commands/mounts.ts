import type { TaskManager } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import type { Column } from '../output/table.js';
import { addTableOptions } from '../table-options.js';

interface MountView {
  readonly namespace: string;
  readonly task: string;
  readonly status: string;
  /** On the host. */
  readonly target: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const columns: readonly Column<MountView>[] = [
  { title: 'TASK', value: ({ task }) => task, yields: 'last' },
  { title: 'STATUS', value: ({ status }) => status, tone: ({ status }) => (status === 'active' ? 'good' : 'busy') },
  { title: 'TARGET', value: ({ target }) => target },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'SOURCE', value: ({ source }) => source },
  { title: 'OPTIONS', value: ({ options }) => options.join(','), yields: 'first' },
];

export const configure: Configure = (command, cli) => {
  command
    .description(
      "Lists the mounts that were made on the host for the namespace's tasks and are not undone yet, as the log knows " +
        'them. Those of a task that is deleted, or could not be created, were left behind.',
    )
    .action((options: TableFlags) =>
      cli.inSession(command, async ({ shiplog, context, common, output }) => {
        const views = shiplog.runtime.mounts({}, context).flatMap(mountViews);
        if (!common.json) return output.table(columns, views, options);
        for (const view of views) await output.json(view);
      }),
    );
  addTableOptions(command);
  addHelp(command, { examples: [['shiplog mounts --json', 'one object a mount']] });
};

type TaskMounts = ReturnType<TaskManager['mounts']>[number];

function mountViews({ namespace, task, set }: TaskMounts): readonly MountView[] {
  return set.mounts.map((mount) => ({
    namespace,
    task,
    status: set.status,
    target: mount.target === '' ? set.target : `${set.target}/${mount.target.replace(/^\/+/, '')}`,
    type: mount.type,
    source: mount.source,
    options: mount.options,
  }));
}
