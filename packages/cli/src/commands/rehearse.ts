/** `replay --against`: recorded histories again, on another runtime. */
import { type HistoryRow, type HistoryStep, type Rehearsal, type RehearsalOptions, rehearse } from '@shiplog/core';
import { BadNewsError } from '../errors.js';
import { interruptible } from '../foreground/interruptible.js';
import type { TableFlags } from '../output/output.js';
import type { Column } from '../output/table.js';
import type { Session } from '../session.js';

export interface RehearsalFlags extends TableFlags {
  readonly against: string;
  readonly task?: string;
  readonly from?: number;
  readonly until?: number;
}

interface RowView extends HistoryRow {
  readonly task: string;
}

const columns: readonly Column<RowView>[] = [
  { title: 'TASK', value: ({ task }) => task, yields: 'last' },
  { title: 'EVENT', value: ({ recorded, rehearsed }) => nameOf(recorded ?? rehearsed) },
  { title: 'RECORDED', value: ({ recorded }) => wordsOf(recorded) },
  { title: 'AGAIN', value: ({ rehearsed, same }) => wordsOf(rehearsed) + (same ? '' : ' !'), tone: toneOf },
  { title: 'MS', value: ({ recorded }) => msOf(recorded), align: 'right' },
  { title: 'MS AGAIN', value: ({ rehearsed }) => msOf(rehearsed), align: 'right' },
];

function toneOf({ same }: RowView): 'good' | 'bad' {
  return same ? 'good' : 'bad';
}

function nameOf(step: HistoryStep | undefined): string {
  return [step?.type, step?.execId].filter(Boolean).join(' ');
}

function wordsOf(step: HistoryStep | undefined): string {
  return step === undefined ? 'no' : step.detail || 'yes';
}

function msOf(step: HistoryStep | undefined): string {
  return step?.durationMs?.toFixed(1) ?? '';
}

export async function printRehearsal(
  { shiplog, context, common, output }: Session,
  { against, from, until, ...flags }: RehearsalFlags,
  only: Pick<RehearsalOptions, 'task' | 'namespace'>,
): Promise<void> {
  let step = 'reading the log';
  const rehearsal = await interruptible((signal) =>
    output.during(
      () => step,
      rehearse(shiplog.log, shiplog.runtime, {
        against,
        ...only,
        ...(from !== undefined && { from }),
        ...(until !== undefined && { until }),
        context: { ...context, signal },
        onStep: (task, type) => {
          step = `rehearsing ${task}: ${type}`;
        },
      }),
    ),
  );
  if (!rehearsal) return;
  if (common.json) await output.json(rehearsal);
  else await output.table(columns, rowsOf(rehearsal), flags);
  const differing = rehearsal.tasks.filter(({ same }) => !same);
  output.talk(verdict(rehearsal));
  if (differing.length === 0) return;
  throw new BadNewsError(`${against} does not do the same: ${differing.map(({ task }) => task).join(', ')}`);
}

function rowsOf({ tasks }: Rehearsal): readonly RowView[] {
  return tasks.flatMap(({ task, rows }) => rows.map((row) => ({ task, ...row })));
}

function verdict({ against, tasks, namespaces }: Rehearsal): string {
  const rows = tasks.flatMap((task) => task.rows);
  const total = (pick: (row: HistoryRow) => HistoryStep | undefined) =>
    rows
      .reduce((sum, row) => sum + (pick(row)?.type === '/tasks/exit' ? 0 : (pick(row)?.durationMs ?? 0)), 0)
      .toFixed(0);
  const same = rows.filter((row) => row.same).length;
  return (
    `${same} of ${rows.length} events are the same on ${against}; the runtime took ${total(({ rehearsed }) => rehearsed)} ms, ` +
    `and ${total(({ recorded }) => recorded)} ms as it was recorded (events in ${namespaces.join(', ')})`
  );
}
