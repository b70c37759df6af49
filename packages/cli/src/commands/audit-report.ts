import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BrokenFile,
  type EventLog,
  type LogVerification,
  parseCheckpoint,
  type SignedCheckpoint,
  shreddingsOf,
  type VerifyOptions,
  verifyFolder,
} from '@shiplog/core';
import { collect, type PageCode, reportHtml, reportMark, type Scope, verificationOf } from '@shiplog/report';
import type { Command } from 'commander';
import { addHelp, type Cli, type Configure } from '../command.js';
import { type CommonOptions, commonOptionsOf } from '../common-options.js';
import { BadNewsError } from '../errors.js';
import { notEmpty } from '../flags.js';
import { withLog } from '../open-log.js';
import { writeOutputFile } from '../output-file.js';
import { readText, readVerifierKey } from '../read-text.js';
import { addSelectionOptions, type Selection, type SelectionFlags, selectionOf } from '../record-selection.js';
import { reportDamage } from '../report-damage.js';
import { version } from '../version.js';
import { shellText, summaryOf } from '../views/event-view.js';

interface Options extends SelectionFlags {
  readonly output: string;
  readonly force?: true;
  readonly against?: string;
  readonly key?: string;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Verifies the log, and writes what came of it and what happened as one HTML page, which needs no network: for a browser, or on paper.',
    )
    .requiredOption('-o, --output <file>', "the file to write, its owner's alone; - is stdout", notEmpty)
    .option('--force', 'replace a file that is no report')
    .option('--against <file>', 'a checkpoint that was kept elsewhere, as with audit verify', notEmpty)
    .option('--key <key>', 'whose signatures count: a verifier key, or a file with it', notEmpty);
  addSelectionOptions(command);
  command.action((options: Options) => writeReport(command, cli, options));
  addHelp(command, {
    examples: [
      ['shiplog audit report --output report.html', 'everything'],
      ['shiplog audit report --output web.html --task web --since 24h', 'a day of one task'],
      ['ssh vault cat kept.note | shiplog audit report -o r.html --against -', 'and is it what it was then?'],
    ],
    exitCodes: ['125 also where the log is not verified: the report is written, and says why'],
  });
};

async function writeReport(command: Command, cli: Cli, options: Options): Promise<void> {
  const { output } = cli;
  const common = commonOptionsOf(command, cli.env);
  if (common.json) output.hideProgress();
  const selection = selectionOf(common, options);
  const page = await readPage();
  const against = options.against === undefined ? undefined : parseCheckpoint(await readText(options.against, cli));
  const key = options.key === undefined ? undefined : await readVerifierKey(options.key, cli);
  const { html, events, verified } = await output.during(
    () => `checking ${common.root}`,
    makeReport({
      command,
      cli,
      common,
      selection,
      options,
      page,
      verify: { ...(against && { against }), ...(key && { key }) },
    }),
  );
  if (options.output === '-') await output.bytes(html);
  else {
    await writeOutputFile(options.output, [html], { force: options.force ?? false, mark: reportMark });
    output.talk(`wrote ${events === 1 ? '1 event' : `${events} events`} to ${options.output}`);
  }
  if (!verified) throw new BadNewsError('the log is not verified: the report says why');
}

interface ReportRequest {
  readonly command: Command;
  readonly cli: Cli;
  readonly common: CommonOptions;
  readonly selection: Selection;
  readonly options: Options;
  readonly page: PageCode;
  readonly verify: VerifyOptions & { readonly against?: SignedCheckpoint };
}

interface Report {
  readonly html: string;
  readonly events: number;
  readonly verified: boolean;
}

/** What is on top of the report holds for everything below it, and for whatever was left out. */
async function makeReport({ command, cli, common, selection, options, page, verify }: ReportRequest): Promise<Report> {
  const checked = withArchived(await verifyFolder(join(common.root, 'log'), verify));
  const verification = verificationOf(checked, verify.against);
  const report = (origin: string, log?: EventLog): Report => {
    // What came meanwhile was not verified.
    const until = Math.min(verification.head, selection.until);
    const data = collect({
      head: {
        origin,
        generatedAt: new Date().toISOString(),
        generator: `shiplog ${version()}`,
        scope: scopeOf(selection, options),
        verification,
      },
      records: log?.read({ until, onDamage: reportDamage(cli.output) }) ?? [],
      wanted: selection.has,
      shown: ({ namespace, task }) =>
        (selection.namespace === undefined || namespace === selection.namespace) &&
        (selection.stream === undefined || task === selection.stream.task),
      shreddings: log ? shreddingsOf(log) : new Map(),
      summarize: summaryOf,
      commandLine: shellText,
    });
    return { html: reportHtml(data, page), events: data.events.position.length, verified: verification.verified };
  };
  // A file that does not hang together is better left alone.
  if (!('root' in checked)) return report('unknown');
  return await withLog(command, cli, true, async ({ log }) => report(log.origin, log));
}

/** What is on top of the report says what is not in it. */
function withArchived<T extends LogVerification | BrokenFile>(checked: T): T {
  if (!('archived' in checked) || !checked.archived) return checked;
  const { position } = checked.archived;
  return {
    ...checked,
    notices: [...checked.notices, `events up to position ${position} were archived: they are not shown`],
  };
}

/** Stands beside the program; scripts/bundle.ts makes it. */
async function readPage(): Promise<PageCode> {
  const read = (name: string) => readFile(join(import.meta.dirname, name), 'utf8');
  return { script: await read('report-page.js'), style: await read('report-page.css') };
}

function scopeOf({ namespace, stream }: Selection, { from, to, since, until }: Options): Scope {
  return {
    ...(namespace !== undefined && { namespace }),
    ...(stream && { task: stream.task }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}
