import type { LogRecord, Position } from '@shiplog/core';
import { tellOfArchived } from '../archived.js';
import { addHelp, type Configure } from '../command.js';
import { type Filter, filterOf, parseFilter } from '../filters.js';
import { collect, notEmpty } from '../flags.js';
import { interruptible } from '../foreground/interruptible.js';
import { timeComes } from '../foreground/time-comes.js';
import { linesMeant } from '../lines-meant.js';
import type { Output, TableFlags } from '../output/output.js';
import { printable } from '../output/printable.js';
import { parseCount } from '../parse-count.js';
import { addSelectionOptions, type SelectionFlags, selectionOf } from '../record-selection.js';
import { reportDamage } from '../report-damage.js';
import type { Session } from '../session.js';
import { addTableOptions } from '../table-options.js';
import { actorLines, eventColumns, eventJson } from '../views/event-view.js';

interface Options extends TableFlags, SelectionFlags {
  readonly type?: readonly string[];
  readonly filter?: readonly Filter[];
  readonly tail?: number;
  readonly verbose?: true;
  readonly follow?: true;
}

const filterKeys = {
  type: ({ type }: LogRecord) => type,
  task: ({ task }: LogRecord) => task,
  namespace: ({ namespace }: LogRecord) => namespace,
  runtime: ({ runtime }: LogRecord) => runtime,
  user: ({ actor }: LogRecord) => actor.user,
  ticket: ({ actor }: LogRecord) => actor.ticket ?? '',
} as const;
const keys = Object.keys(filterKeys);

export const configure: Configure = (command, cli) => {
  command.description('Prints the event log: all of it, or the events of the namespace that is given.');
  addSelectionOptions(command, { until: 'what happened up to then; ends --follow, too' });
  command
    .option(
      '--type <type>',
      'of this type: exit, /tasks/exit, "*-failed"; several times for several',
      collect(notEmpty),
    )
    .option('--filter <key=value>', `${keys.join(', ')}; * stands for anything`, collect(parseFilter(keys)))
    .option('--tail <events>', 'the last ones only of those that are wanted; all for all', parseCount)
    .option('-v, --verbose', 'who it was: all that is known, below each event')
    .option('-f, --follow', 'go on with what comes, from any process')
    .action((options: Options) => cli.inSession(command, (session) => printEvents(session, options)));
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog events --task web', 'the story of one task'],
      ['shiplog events -v --filter ticket=CHG-7', 'what was done for it, and by whom'],
      ['shiplog events --since 1h --type "*-failed"', 'what went wrong in the last hour'],
      ['shiplog events --follow --json | jq -c "[.time, .type, .task]"', 'what happens, as it happens'],
    ],
    exitCodes: ['128 + n a signal ended --follow'],
  });
};

type Wanted = (record: LogRecord) => boolean;

async function printEvents(session: Session, options: Options): Promise<void> {
  const { shiplog, common, output } = session;
  const wanted = wantedBy(session.common, options);
  const { from = 1, to = Number.POSITIVE_INFINITY, follow, trunc = true } = options;
  const rows = await output.rowRenderer(eventColumns(trunc ? output.width : undefined), options);
  const { verbose = false } = options;
  const show = (record: LogRecord): readonly string[] => {
    if (common.json) return [JSON.stringify(eventJson(record))];
    return [rows.line(record), ...(verbose ? actorLines(record).map((line) => `       ${printable(line)}`) : [])];
  };
  tellOfArchived(shiplog.log, options, output);
  if (!common.json) await output.line(rows.title());
  const after = Math.max(0, from - 1);
  const until = Math.min(shiplog.log.head(), to);
  const past = shiplog.log.read({ after, until, onDamage: reportDamage(output) });
  const shown = await printPast(past, { wanted, show, output, tail: options.tail });
  const meant = shown === 0 ? linesMeant(common) : '';
  if (meant !== '') output.talk(`namespace ${common.namespace} has no such events${meant}`);
  if (!follow || until >= to) return;
  await interruptible(async (signal) => {
    for await (const record of coming(session, Math.max(after, until), options, signal)) {
      if (wanted(record)) await output.lines(show(record));
    }
  });
}

interface PastOptions {
  readonly wanted: Wanted;
  readonly show: (record: LogRecord) => readonly string[];
  readonly output: Output;
  readonly tail: number | undefined;
}

/** @returns how many were printed */
async function printPast(records: Iterable<LogRecord>, { wanted, show, output, tail }: PastOptions): Promise<number> {
  using progress = output.counting('reading event');
  const past = Iterator.from(records).filter((record) => {
    progress.count();
    return wanted(record);
  });
  const chosen = tail === undefined || tail === Number.POSITIVE_INFINITY ? past : Iterator.from(lastOf(past, tail));
  let shown = 0;
  await output.lines(
    chosen.flatMap((record) => {
      shown += 1;
      return show(record);
    }),
  );
  return shown;
}

/** What comes into the log behind a position, until its end has come or the signal fires. */
async function* coming(
  { shiplog, output }: Session,
  after: Position,
  { to = Number.POSITIVE_INFINITY, until }: Options,
  signal: AbortSignal,
): AsyncGenerator<LogRecord> {
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  if (until !== undefined)
    void timeComes(until, ending).then(
      () => over.abort(),
      () => {},
    );
  const onDamage = reportDamage(output);
  let position = after;
  try {
    for await (const record of shiplog.log.subscribe({ after, signal: ending, onDamage })) {
      position = record.position;
      if (position > to) return;
      yield record;
      if (position === to) return;
    }
    // What was appended in time may not have been announced in time.
    if (!signal.aborted) yield* shiplog.log.read({ after: position, onDamage });
  } finally {
    over.abort();
  }
}

function wantedBy(common: Session['common'], options: Options): Wanted {
  const selection = selectionOf(common, options);
  const types = (options.type ?? []).map((text) => ({
    key: 'type',
    pattern: text.startsWith('/') ? text : `*/${text}`,
  }));
  const passes = filterOf([...types, ...(options.filter ?? [])], filterKeys);
  return (record) => selection.has(record) && passes(record);
}

function lastOf<T>(values: Iterable<T>, count: number): readonly T[] {
  const last: T[] = [];
  let next = 0;
  for (const value of values) {
    if (count === 0) return [];
    last[next] = value;
    next = (next + 1) % count;
  }
  return [...last.slice(next), ...last.slice(0, next)];
}
