import { addHelp, type CommandEntry, type Configure } from '../command.js';
import { addSubcommands } from '../subcommands.js';

/** In the order of the help. */
export const auditCommands: readonly CommandEntry[] = [
  { name: 'verify', summary: 'check every byte of the log', load: () => import('./audit-verify.js') },
  { name: 'checkpoint', summary: 'sign what the log is now', load: () => import('./audit-checkpoint.js') },
  { name: 'prove', summary: 'prove what is in the log', load: () => import('./audit-prove.js') },
  { name: 'show', summary: 'show a record, and what it refers to', load: () => import('./audit-show.js') },
  { name: 'shred', summary: 'destroy what records refer to', load: () => import('./audit-shred.js') },
  { name: 'diff', summary: 'tell what changed between two points', load: () => import('./audit-diff.js') },
  { name: 'export', summary: 'write evidence, or records for other programs', load: () => import('./audit-export.js') },
  { name: 'archive', summary: 'move old records to files', load: () => import('./audit-archive.js') },
  { name: 'report', summary: 'write what happened as one HTML page', load: () => import('./audit-report.js') },
];

export const configure: Configure = (command, cli) => {
  command.description('Makes evidence of the log: for an auditor, a court, or whoever looks into an incident.');
  addSubcommands(command, auditCommands, cli);
  addHelp(command, {
    examples: [
      ['shiplog audit verify', 'is the log what it was?'],
      ['shiplog audit checkpoint > log.note', 'a note to keep elsewhere'],
      ['shiplog audit show 120', 'what was asked for there, but for its secrets'],
      ['shiplog audit shred --task web --secrets --reason "leaked, see CHG-7"', 'its environment, for good'],
      ['shiplog audit diff 1h', 'what changed in the last hour'],
      ['shiplog audit export --task web -o web.bundle', 'evidence that is checked elsewhere'],
      ['shiplog audit report --output report.html', 'what happened, as a page'],
    ],
  });
};
