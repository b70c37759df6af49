import { addHelp, type CommandEntry, type Configure } from '../command.js';
import { addSubcommands } from '../subcommands.js';

/** In the order of the help. */
export const auditCommands: readonly CommandEntry[] = [
  { name: 'report', summary: 'write what happened as one HTML page', load: () => import('./audit-report.js') },
  { name: 'export', summary: 'write records for other programs', load: () => import('./audit-export.js') },
];

export const configure: Configure = (command, cli) => {
  command.description('Makes evidence of the log: for an auditor, a court, or whoever looks into an incident.');
  addSubcommands(command, auditCommands, cli);
  addHelp(command, {
    examples: [
      ['shiplog audit report --output report.html', 'what happened, as a page'],
      ['shiplog audit export --format cloudevents --from 1200', 'records for other programs'],
    ],
  });
};
