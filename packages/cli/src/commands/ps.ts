import type { ProcessInfo } from '@shiplog/core';
import { type ProcessDetails, readProcessDetails } from '@shiplog/oci';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import type { Column } from '../output/table.js';
import { addTableOptions } from '../table-options.js';
import { taskArgument } from './task-command.js';

interface ProcessView extends ProcessDetails {
  /** The exec that it is; empty for the first process and for what the task started itself. */
  readonly execId: string;
}

const columns: readonly Column<ProcessView>[] = [
  { title: 'USER', value: ({ user }) => user },
  { title: 'PID', value: ({ pid }) => pid, align: 'right' },
  { title: 'PPID', value: ({ ppid }) => ppid, align: 'right' },
  { title: 'CPID', value: ({ containerPid }) => containerPid, align: 'right' },
  { title: '%CPU', value: ({ cpuPercent }) => cpuPercent.toFixed(1), align: 'right' },
  { title: 'ELAPSED', value: ({ elapsed }) => clock(elapsed), align: 'right' },
  { title: 'TTY', value: ({ tty }) => tty },
  { title: 'TIME', value: ({ cpuTime }) => clock(cpuTime), align: 'right' },
  { title: 'EXEC', value: ({ execId }) => execId, yields: 'late' },
  { title: 'COMMAND', value: ({ command }) => command, yields: 'first' },
];

export const configure: Configure = (command, cli) => {
  command
    .description('Lists the processes of a task: with their pids on the host, and, as CPID, in the container.')
    .argument(...taskArgument)
    .action((id: string, options: TableFlags) =>
      cli.inSession(
        command,
        async ({ shiplog, context, common, output }) => {
          const task = await shiplog.runtime.get(id, context);
          const views = (await task.pids(context)).flatMap(processView);
          if (!common.json) return output.table(columns, views, options);
          for (const view of views) await output.json(view);
        },
        id,
      ),
    );
  addTableOptions(command);
  addHelp(command, { examples: [['shiplog ps web', 'what runs in it?']] });
};

/** Nothing for one that is gone by now. */
function processView({ pid, execId = '' }: ProcessInfo): readonly ProcessView[] {
  const details = readProcessDetails(pid);
  return details ? [{ ...details, execId }] : [];
}

/** Seconds as ps(1) has them: `[[DD-]HH:]MM:SS`. */
function clock(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  const time = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (days > 0) return `${days}-${two(hours)}:${time}`;
  return hours > 0 ? `${two(hours)}:${time}` : time;
}
