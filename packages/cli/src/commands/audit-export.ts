import type { LogRecord } from '@shiplog/core';
import { toCloudEvent, toOcsfEvent } from '@shiplog/export';
import { type Command, Option } from 'commander';
import { addHelp, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { writeOutputFile } from '../output-file.js';
import { addSelectionOptions, type SelectionFlags, selectionOf } from '../record-selection.js';
import { reportDamage } from '../report-damage.js';
import type { Session } from '../session.js';
import { version } from '../version.js';

const formats = ['jsonl', 'cloudevents', 'ocsf'] as const;

interface Options extends SelectionFlags {
  readonly format: (typeof formats)[number];
  readonly output?: string;
  readonly force?: true;
}

export const configure: Configure = (command, cli) => {
  command.description('Writes records in a format that other programs read, one JSON object a line.');
  addExportOptions(command);
  command.action((options: Options) => cli.inSession(command, (session) => exportRecords(session, options)));
  addHelp(command, {
    examples: [
      ['shiplog audit export --format jsonl --task web', 'the records of one task, as they are stored'],
      ['shiplog audit export --format ocsf --since 24h -o day.jsonl', 'a day for a SIEM'],
    ],
  });
};

function addExportOptions(command: Command): void {
  command
    .addOption(
      new Option('--format <format>', 'jsonl: as stored; cloudevents: 1.0; ocsf: 1.8.0')
        .choices([...formats])
        .makeOptionMandatory(),
    )
    .option('-o, --output <file>', "the file to write, its owner's alone; stdout without it, or with -", notEmpty)
    .option('--force', 'replace a file that is there');
  addSelectionOptions(command);
}

async function exportRecords({ shiplog, common, output }: Session, options: Options): Promise<void> {
  const { log } = shiplog;
  const selection = selectionOf(common, options);
  const onDamage = reportDamage(output);
  let count = 0;
  function* lines(): Generator<string> {
    const until = Math.min(log.head(), selection.until);
    for (const record of log.read({ after: selection.after, until, onDamage })) {
      const bytes = selection.has(record) ? log.storedBytes(record.position) : undefined;
      if (!bytes) continue;
      const line = lineOf(options.format, record, bytes, log.origin);
      if (line.includes('\n')) {
        onDamage({ position: record.position, reason: 'it is more than one line' });
        continue;
      }
      count += 1;
      yield line;
    }
  }
  if (options.output === undefined || options.output === '-') return output.lines(lines());
  await writeOutputFile(options.output, ended(lines()), { force: options.force ?? false });
  output.talk(`wrote ${count} records to ${options.output}`);
}

/** As it is stored (P9), or encoded anew in another format. */
function lineOf(format: Options['format'], record: LogRecord, bytes: Uint8Array, origin: string): string {
  if (format === 'jsonl') return Buffer.from(bytes).toString();
  if (format === 'cloudevents') return JSON.stringify(toCloudEvent(record, { origin }));
  return JSON.stringify(toOcsfEvent({ record, bytes }, { origin, version: version() }));
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
