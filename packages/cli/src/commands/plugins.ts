import type { PluginReport } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import { printable } from '../output/printable.js';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';
import { addTableOptions } from '../table-options.js';

const tones = { ok: 'good', skip: 'busy', error: 'bad' } as const satisfies Record<PluginReport['status'], Tone>;

const columns: readonly Column<PluginReport>[] = [
  { title: 'PLUGIN', value: ({ id }) => id, yields: 'late' },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'STATUS', value: ({ status }) => status, tone: ({ status }) => tones[status] },
  { title: 'MS', value: ({ durationMs }) => durationMs.toFixed(1), align: 'right' },
];

/** Why it is not `ok`, and what it noted: each a line, so that no terminal is too narrow for it. */
function remarks({ id, reason, notes }: PluginReport): readonly string[] {
  return [...(reason === undefined ? [] : [reason]), ...notes].map((text) => printable(`${id}: ${text}`));
}

/** With what takes time to find out. */
async function complete({ moreNotes, ...report }: PluginReport): Promise<PluginReport> {
  return { ...report, notes: [...report.notes, ...((await moreNotes?.()) ?? [])] };
}

export const configure: Configure = (command, cli) => {
  command.description('Lists the plugins, and what became of each at the start.').action((options: TableFlags) =>
    cli.inSession(command, async ({ shiplog, common, output }) => {
      const reports = await Promise.all(shiplog.plugins.map(complete));
      if (common.json) {
        for (const report of reports) await output.json(report);
        return;
      }
      await output.table(columns, reports, options);
      await output.lines(reports.flatMap(remarks));
    }),
  );
  addTableOptions(command);
  addHelp(command, { examples: [['shiplog plugins', 'which runtimes does this host have?']] });
};
