import { addHelp, type CommandEntry, type Configure } from '../command.js';
import { addSubcommands } from '../subcommands.js';

/** In the order of the help. */
export const auditCommands: readonly CommandEntry[] = [
  { name: 'diff', summary: 'tell what changed between two points', load: () => import('./audit-diff.js') },
];

export const configure: Configure = (command, cli) => {
  command.description('Makes evidence of the log: for an auditor, a court, or whoever looks into an incident.');
  addSubcommands(command, auditCommands, cli);
  addHelp(command, {
    examples: [['shiplog audit diff 1h', 'what changed in the last hour']],
  });
};
