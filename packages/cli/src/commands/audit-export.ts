import type { EventLog, LogRecord } from '@shiplog/core';
import { toCloudEvent, toOcsfEvent } from '@shiplog/export';
import { type Command, Option } from 'commander';
import { tellOfArchived } from '../archived.js';
import { addHelp, type Cli, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { type OpenLog, withLog } from '../open-log.js';
import { addSelectionOptions, type SelectionFlags, selectionOf } from '../record-selection.js';
import { reportDamage } from '../report-damage.js';
import { version } from '../version.js';
import { type BundleFlags, makeBundle } from './evidence-bundle.js';
import { type ExportedLines, type OutputFlags, writeLines } from './exported-lines.js';

const formats = ['bundle', 'jsonl', 'cloudevents', 'ocsf'] as const;

interface Options extends SelectionFlags, BundleFlags, OutputFlags {
  readonly format: (typeof formats)[number];
}

export const configure: Configure = (command, cli) => {
  command.description(
    'Writes records to a file: as evidence, with all that is needed to check them elsewhere, or for other programs.',
  );
  addExportOptions(command);
  command.action(async (options: Options) => {
    const { format } = options;
    if (format !== 'bundle' && (options.key ?? options.against ?? options.payloads) !== undefined) {
      command.error('--key, --against and --payloads are for evidence: they go with --format bundle');
    }
    // A root without a log is told before a log could be made in it.
    await withLog(command, cli, true, async (open) => {
      tellOfArchived(open.log, options, cli.output);
      if (format !== 'bundle') await writeLines(asFormat(format, open, options, cli), options, cli);
    });
    if (format !== 'bundle') return;
    await withLog(command, cli, false, async (open) => writeLines(await makeBundle(open, options, cli), options, cli));
  });
  addHelp(command, {
    examples: [
      ['shiplog audit export --task web -o web.bundle', 'evidence of one task'],
      ['shiplog audit export --against kept.note -o all.bundle', 'that nothing was changed since, too'],
      ['shiplog audit export --format jsonl --task web', 'the records of one task, as they are stored'],
      ['shiplog audit export --format ocsf --since 24h -o day.jsonl', 'a day for a SIEM'],
    ],
    exitCodes: ['125 also where the log was changed: the evidence is written, and shows it'],
  });
};

function addExportOptions(command: Command): void {
  command
    .addOption(
      new Option('--format <format>', 'bundle: evidence; jsonl: as stored; cloudevents: 1.0; ocsf: 1.8.0')
        .choices([...formats])
        .default('bundle'),
    )
    .option('-o, --output <file>', "the file to write, its owner's alone; stdout without it, or with -", notEmpty)
    .option('--force', 'replace a file that is there')
    .option('--key <file>', 'sign the evidence with this key: as with audit checkpoint', notEmpty)
    .option('--against <file>', 'a checkpoint that was kept elsewhere: prove that the log only grew since', notEmpty)
    .option('--payloads', 'also what the records refer to (specs, options), as far as it holds no secret');
  addSelectionOptions(command);
}

function asFormat(
  format: Exclude<Options['format'], 'bundle'>,
  { log, common }: OpenLog,
  options: Options,
  { output }: Cli,
): ExportedLines {
  const selection = selectionOf(common, options);
  const onDamage = reportDamage(output);
  let count = 0;
  return {
    *lines() {
      const until = Math.min(log.head(), selection.until);
      for (const record of log.read({ after: selection.after, until, onDamage })) {
        const bytes = selection.has(record) ? log.storedBytes(record.position) : undefined;
        if (!bytes) continue;
        const line = lineOf(format, record, bytes, log);
        if (line.includes('\n')) {
          onDamage({ position: record.position, reason: 'it is more than one line' });
          continue;
        }
        count += 1;
        yield line;
      }
    },
    count: () => (count === 1 ? '1 record' : `${count} records`),
  };
}

/** As it is stored (P9), or encoded anew in another format. */
function lineOf(
  format: Exclude<Options['format'], 'bundle'>,
  record: LogRecord,
  bytes: Uint8Array,
  { origin }: EventLog,
): string {
  if (format === 'jsonl') return Buffer.from(bytes).toString();
  if (format === 'cloudevents') return JSON.stringify(toCloudEvent(record, { origin }));
  return JSON.stringify(toOcsfEvent({ record, bytes }, { origin, version: version() }));
}
