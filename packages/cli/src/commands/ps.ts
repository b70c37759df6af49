import { readFile } from 'node:fs/promises';
import type { ProcessInfo } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import type { Column } from '../output/table.js';
import { addTableOptions } from '../table-options.js';
import { taskArgument } from './task-command.js';

interface ProcessView {
  readonly pid: number;
  /** The exec that it is; empty for the first process and for what the task started itself. */
  readonly execId: string;
  /** The kernel's short name of its program. */
  readonly program: string;
}

const columns: readonly Column<ProcessView>[] = [
  { title: 'PID', value: ({ pid }) => pid, align: 'right' },
  { title: 'PROGRAM', value: ({ program }) => program },
  { title: 'EXEC', value: ({ execId }) => execId, yields: 'last' },
];

export const configure: Configure = (command, cli) => {
  command
    .description('Lists the processes of a task, with their pids on the host.')
    .argument(...taskArgument)
    .action((id: string, options: TableFlags) =>
      cli.inSession(
        command,
        async ({ shiplog, context, common, output }) => {
          const task = await shiplog.runtime.get(id, context);
          const views = await Promise.all((await task.pids(context)).map(processView));
          if (!common.json) return output.table(columns, views, options);
          for (const view of views) await output.json(view);
        },
        id,
      ),
    );
  addTableOptions(command);
  addHelp(command, { examples: [['shiplog ps web', 'what runs in it?']] });
};

async function processView({ pid, execId = '' }: ProcessInfo): Promise<ProcessView> {
  // It may be gone by now.
  const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return { pid, execId, program: program.trimEnd() };
}
