import { parseSubscriptionName, type SubscriptionStatus } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { collect } from '../flags.js';
import type { TableFlags } from '../output/output.js';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';
import type { Session } from '../session.js';
import { addTableOptions } from '../table-options.js';

interface Options extends TableFlags {
  readonly delete?: readonly string[];
  readonly force?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Lists the named subscriptions to the log: sinks and whoever else reads all of it, how far each has got, and how ' +
        'many events it lags behind. They are made by `shiplog feed`, and by programs through the library.',
    )
    .option('--delete <subscription>', 'forget how far this one has got; several times for several', collect(parseName))
    .option('-f, --force', 'with --delete: also while somebody reads')
    .action(({ delete: doomed, force, ...table }: Options) => {
      if (force && !doomed) command.error('--force goes with --delete: name a subscription');
      return cli.inSession(command, (session) => (doomed ? remove(session, doomed, force) : list(session, table)));
    });
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog subscriptions', 'who reads, and how far they are'],
      ['shiplog subscriptions --json | jq "select(.lag > 1000)"', 'who has fallen behind'],
      ['shiplog subscriptions --delete mirror', 'let it begin anew, or be gone'],
    ],
  });
};

/** For commander, who would take the brand for another type. */
function parseName(text: string): string {
  return parseSubscriptionName(text);
}

/** What `subscriptions --json` prints. */
interface SubscriptionView {
  readonly name: string;
  /** `failing` while its reader cannot deal with a record; `idle` while there is no reader. */
  readonly status: 'active' | 'idle' | 'failing';
  readonly position: number;
  readonly lag: number;
  readonly pid?: number;
  readonly acknowledgedAt?: string;
  readonly skipped: number;
  readonly failure?: SubscriptionStatus['failure'];
}

const tones = { active: 'good', idle: 'plain', failing: 'bad' } as const satisfies Record<
  SubscriptionView['status'],
  Tone
>;

const columns: readonly Column<SubscriptionView>[] = [
  { title: 'SUBSCRIPTION', value: ({ name }) => name, yields: 'last' },
  { title: 'STATUS', value: ({ status }) => status, tone: ({ status }) => tones[status] },
  { title: 'POSITION', value: ({ position }) => position, align: 'right' },
  { title: 'LAG', value: ({ lag }) => lag, align: 'right' },
  { title: 'PID', value: ({ pid }) => pid ?? '', align: 'right' },
  { title: 'ACKNOWLEDGED (UTC)', value: ({ acknowledgedAt = '' }) => acknowledgedAt.slice(0, 19).replace('T', ' ') },
  { title: 'SKIPPED', value: ({ skipped }) => skipped || '', align: 'right' },
  {
    title: 'FAILURE',
    value: ({ failure }) => (failure ? `${failure.position}: ${failure.message} (${failure.attempts} times)` : ''),
    yields: 'first',
  },
];

async function list({ shiplog, common, output }: Session, table: TableFlags): Promise<void> {
  const damaged = (name: string) => output.talk(`how far the subscription ${name} has got cannot be read`);
  const views = shiplog.subscriptions.list(damaged).map(viewOf);
  if (!common.json) return output.table(columns, views, table);
  for (const view of views) await output.json(view);
}

async function remove({ shiplog }: Session, names: readonly string[], force = false): Promise<void> {
  for (const name of names) shiplog.subscriptions.delete(name, { force });
}

function viewOf(subscription: SubscriptionStatus): SubscriptionView {
  const { name, position, lag, active, holder, acknowledgedAt, skipped, failure } = subscription;
  return {
    name,
    status: failure ? 'failing' : active ? 'active' : 'idle',
    position,
    lag,
    ...(active && holder && { pid: holder.process.pid }),
    ...(acknowledgedAt && { acknowledgedAt }),
    skipped,
    ...(failure && { failure }),
  };
}
