import { addHelp, type CommandEntry, type Configure } from '../command.js';
import { addSubcommands } from '../subcommands.js';

/** In the order of the help. */
export const auditCommands: readonly CommandEntry[] = [
  { name: 'verify', summary: 'check every byte of the log', load: () => import('./audit-verify.js') },
  { name: 'checkpoint', summary: 'sign what the log is now', load: () => import('./audit-checkpoint.js') },
  { name: 'prove', summary: 'prove what is in the log', load: () => import('./audit-prove.js') },
  { name: 'export', summary: 'write records for other programs', load: () => import('./audit-export.js') },
  { name: 'report', summary: 'write what happened as one HTML page', load: () => import('./audit-report.js') },
];

export const configure: Configure = (command, cli) => {
  command.description('Makes evidence of the log: for an auditor, a court, or whoever looks into an incident.');
  addSubcommands(command, auditCommands, cli);
  addHelp(command, {
    examples: [
      ['shiplog audit verify', 'is the log what it was?'],
      ['shiplog audit checkpoint > log.note', 'a note to keep elsewhere'],
      ['shiplog audit export --format cloudevents --from 1200', 'records for other programs'],
      ['shiplog audit report --output report.html', 'what happened, as a page'],
    ],
  });
};
