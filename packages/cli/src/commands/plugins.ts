import type { PluginReport } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import { printable } from '../output/printable.js';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';
import { addTableOptions } from '../table-options.js';

interface Options extends TableFlags {
  readonly verbose?: true;
  readonly schema?: true;
}

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

/** All that is known of a plugin, a line for each thing. */
function details(report: PluginReport): readonly string[] {
  const { id, type, status, reason = '', version, apiVersion, source, capabilities, requires, notes } = report;
  const lines: readonly (readonly [name: string, value: string])[] = [
    ['type', type],
    ['status', `${status}, after ${report.durationMs.toFixed(1)} ms`],
    ['reason', reason],
    ['version', version],
    ['made for', apiVersion && `${apiVersion} of the plugin API`],
    ['from', source || 'shiplog itself'],
    ['requires', requires.join(', ')],
    ['capabilities', capabilities.join(', ')],
    ...notes.map((note) => ['note', note] as const),
  ];
  const shown = lines.filter(([, value]) => value !== '');
  return [printable(id), ...shown.map(([name, value]) => `  ${name.padEnd(13)} ${printable(value)}`)];
}

/** With what takes time to find out. */
async function complete({ moreNotes, ...report }: PluginReport): Promise<PluginReport> {
  return { ...report, notes: [...report.notes, ...((await moreNotes?.()) ?? [])] };
}

export const configure: Configure = (command, cli) => {
  command
    .description('Lists the plugins, and what became of each at the start.')
    .option('-v, --verbose', 'all that is known of each: reasons, versions, where it is from, capabilities, times')
    .option('--schema', 'print the JSON Schema of the configuration file, for editors, with a section for each plugin')
    .action((options: Options) =>
      cli.inSession(command, async ({ shiplog, common, output, pluginSchemas }) => {
        if (options.schema) {
          const { configJsonSchema } = await import('../config/config-json-schema.js');
          return output.line(JSON.stringify(configJsonSchema(pluginSchemas), null, 2));
        }
        const reports = await Promise.all(shiplog.plugins.map(complete));
        if (common.json) {
          for (const report of reports) await output.json(report);
          return;
        }
        if (options.verbose) return output.lines(reports.flatMap(details));
        await output.table(columns, reports, options);
        await output.lines(reports.flatMap(remarks));
      }),
    );
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog plugins', 'which runtimes does this host have?'],
      ['shiplog plugins -v', 'what can each do, and where is it from?'],
      ['shiplog plugins --schema > config.schema.json', 'then "$schema": "./config.schema.json" in config.json'],
    ],
  });
};
