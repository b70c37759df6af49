import { type LogRecord, parseNamespace, parseTaskId, type ReadOptions } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { interruptible } from '../foreground/interruptible.js';
import { reportDamage } from '../report-damage.js';
import type { Session } from '../session.js';
import { eventColumns, eventJson } from '../views/event-view.js';
import { parsePosition } from './parse-position.js';

interface Options {
  readonly from?: number;
  readonly task?: string;
  readonly follow?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Prints the event log: all of it, or the events of the namespace that is given.')
    .option('--from <position>', 'begin with the event of this position', parsePosition)
    .option('--task <task>', 'the events of this task only')
    .option('-f, --follow', 'go on with what comes, from any process')
    .action((options: Options) => cli.inSession(command, (session) => printEvents(session, options)));
  addHelp(command, {
    examples: [
      ['shiplog events --task web', 'the story of one task'],
      ['shiplog events --follow --json | jq -c "[.time, .type, .task]"', 'what happens, as it happens'],
    ],
    exitCodes: ['128 + n a signal ended --follow'],
  });
};

type Filter = (record: LogRecord) => boolean;

async function printEvents(session: Session, { from = 1, task, follow }: Options): Promise<void> {
  const { shiplog, common, output } = session;
  const filter = filterFor(common.namespace, common.namespaceGiven, task);
  const options: ReadOptions = { after: Math.max(0, from - 1), onDamage: reportDamage(output) };
  const rows = await output.rowRenderer(eventColumns(output.width));
  const show = (record: LogRecord) => (common.json ? JSON.stringify(eventJson(record)) : rows.line(record));
  if (!common.json) await output.line(rows.title());
  if (!follow) return output.lines(select(shiplog.log.read(options), filter, show));
  await interruptible(async (signal) => {
    for await (const record of shiplog.log.subscribe({ ...options, filter, signal })) await output.line(show(record));
  });
}

/** A task's name means one task in its namespace; without it, a namespace counts only if it was asked for. */
function filterFor(namespaceText: string, namespaceGiven: boolean, taskText: string | undefined): Filter {
  const namespace = parseNamespace(namespaceText);
  if (taskText !== undefined) {
    const task = parseTaskId(taskText);
    return (record) => record.task === task && record.namespace === namespace;
  }
  return namespaceGiven ? (record) => record.namespace === namespace : () => true;
}

function* select(records: Iterable<LogRecord>, filter: Filter, show: (record: LogRecord) => string): Generator<string> {
  for (const record of records) if (filter(record)) yield show(record);
}
