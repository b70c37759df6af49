import {
  parseNamespace,
  parseTaskId,
  type ReplayOptions,
  replay,
  type StreamState,
  type Verification,
  verifyProjection,
} from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { BadNewsError } from '../errors.js';
import type { Output, TableFlags } from '../output/output.js';
import type { Column } from '../output/table.js';
import { reportDamage } from '../report-damage.js';
import type { Session } from '../session.js';
import { addTableOptions } from '../table-options.js';
import { namespaceColumn, type TaskView, taskColumns, taskView } from '../views/task-view.js';
import { parsePosition } from './parse-position.js';

interface Options extends TableFlags {
  readonly until?: number;
  readonly task?: string;
  readonly verify?: true;
  readonly against?: string;
  readonly from?: number;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Makes the state of every task anew, from its events alone. Deleted tasks are shown, too. With --against, runs ' +
        'the tasks again on another runtime: their programs do again what they did.',
    )
    .option('--until <position>', 'the state as it was after the event of this position', parsePosition)
    .option('--task <task>', 'this task only')
    .option('--verify', 'compare with the stored state of every task, or of --task, byte for byte')
    .option('--against <id>', 'run what is recorded again on this runtime, in a namespace of its own, and compare')
    .option('--from <position>', 'with --against: only tasks that were created from there on', parsePosition)
    .action((options: Options) => {
      const { against } = options;
      if (against === undefined && options.from !== undefined) command.error('--from goes with --against only');
      if (against !== undefined && options.verify) command.error('--verify and --against are two things: give one');
      if (options.verify && options.until !== undefined) {
        command.error('--verify goes without --until: only the state after the last event is stored');
      }
      return cli.inSession(command, async (session) => {
        if (against === undefined) return (options.verify ? verify : printStates)(session, options);
        const { printRehearsal } = await import('./rehearse.js');
        const { common } = session;
        const within = common.namespaceGiven && { namespace: parseNamespace(common.namespace) };
        return printRehearsal(session, { ...options, against }, { ...only(options.task, common), ...within });
      });
    });
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog replay --until 120', 'what was running then?'],
      ['shiplog replay --verify', 'does the log prove the state?'],
      ['shiplog replay --verify --task web', 'of this one task'],
      ['shiplog replay --against io.containerd.crun.v1 --task web', 'would it be the same on crun?'],
    ],
  });
};

interface ReplayView extends TaskView {
  /** Of the stream, after the last event that was replayed. */
  readonly version: number;
}

const columns: readonly Column<ReplayView>[] = [
  namespaceColumn,
  ...taskColumns,
  { title: 'VERSION', value: ({ version }) => version, align: 'right' },
];

async function printStates({ shiplog, common, output }: Session, options: Options): Promise<void> {
  const { until, task } = options;
  const namespace = parseNamespace(common.namespace);
  const { position, records, states } = counting(output, (onRecord) =>
    replay(shiplog.log, {
      ...(until !== undefined && { until }),
      ...only(task, common),
      onDamage: reportDamage(output),
      onRecord,
    }),
  );
  const views = [...states].flatMap(([key, { version, state }]) => {
    const [namespaceOfKey = '', taskOfKey = ''] = key.split('/');
    const stream: StreamState = { namespace: namespaceOfKey, task: taskOfKey, version, state };
    return common.namespaceGiven && namespaceOfKey !== namespace ? [] : [{ ...taskView(stream), version }];
  });
  if (common.json) for (const view of views) await output.json(view);
  else await output.table(columns, views, options);
  output.talk(`replayed ${records} records up to position ${position}`);
}

async function verify({ shiplog, common, output }: Session, { task }: Options): Promise<void> {
  const verification = counting(output, (onRecord) =>
    verifyProjection(shiplog.log, { ...only(task, common), onRecord }),
  );
  await (common.json ? output.json(verification) : output.lines(verdict(verification)));
  const { differences, marks, damage } = verification;
  if (differences.length + marks.length > 0) throw new BadNewsError('the stored state is not what the log says');
  if (damage.length > 0) throw new BadNewsError('the log has records that cannot be read');
}

function counting<T>(output: Output, work: (onRecord: () => void) => T): T {
  using progress = output.counting('replaying record');
  return work(progress.count);
}

function only(task: string | undefined, { namespace }: Session['common']): Pick<ReplayOptions, 'task'> {
  return task === undefined ? {} : { task: { namespace: parseNamespace(namespace), task: parseTaskId(task) } };
}

function* verdict({ records, streams, position, differences, marks, damage }: Verification): Generator<string> {
  yield `replayed ${records} records of ${streams} tasks up to position ${position}`;
  for (const { position: at, reason } of damage) yield `position ${at} cannot be read: ${reason}`;
  for (const { namespace, task, stored, replayed } of differences) {
    yield `${namespace}/${task} differs`;
    yield `  stored:   ${stored ?? 'nothing'}`;
    yield `  replayed: ${replayed ?? 'nothing'}`;
  }
  for (const { namespace, task, mark } of marks) {
    yield `${namespace}/${task} ${mark === 'missing' ? 'is not marked as one that lives' : 'is marked as one that lives'}`;
  }
  if (differences.length + marks.length === 0) yield 'every stored state is what its events say';
}
