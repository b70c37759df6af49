import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyProjection } from '@shiplog/core';
import { collect, type PageCode, reportHtml, reportMark, type Scope, verificationOfReplay } from '@shiplog/report';
import { addHelp, type Configure } from '../command.js';
import { BadNewsError } from '../errors.js';
import { notEmpty } from '../flags.js';
import { writeOutputFile } from '../output-file.js';
import { addSelectionOptions, type Selection, type SelectionFlags, selectionOf } from '../record-selection.js';
import { reportDamage } from '../report-damage.js';
import type { Session } from '../session.js';
import { version } from '../version.js';
import { summaryOf } from '../views/event-view.js';

interface Options extends SelectionFlags {
  readonly output: string;
  readonly force?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Writes what happened as one HTML page, which needs no network: for a browser, or on paper.')
    .requiredOption('-o, --output <file>', "the file to write, its owner's alone; - is stdout", notEmpty)
    .option('--force', 'replace a file that is no report');
  addSelectionOptions(command);
  command.action((options: Options) => cli.inSession(command, (session) => writeReport(session, options)));
  addHelp(command, {
    examples: [
      ['shiplog audit report --output report.html', 'everything'],
      ['shiplog audit report --output web.html --task web --since 24h', 'a day of one task'],
    ],
    exitCodes: ['125 also where the log is not verified: the report is written, and says why'],
  });
};

async function writeReport(session: Session, options: Options): Promise<void> {
  const { shiplog, common, output } = session;
  const selection = selectionOf(common, options);
  const page = await readPage();
  // What is on top of the report holds for everything below it, and for whatever was left out.
  const until = Math.min(shiplog.log.head(), selection.until);
  const verification = verificationOfReplay(verifyProjection(shiplog.log));
  const data = collect({
    head: {
      origin: shiplog.log.origin,
      generatedAt: new Date().toISOString(),
      generator: `shiplog ${version()}`,
      scope: scopeOf(selection, options),
      verification,
    },
    records: shiplog.log.read({ until, onDamage: reportDamage(output) }),
    wanted: selection.has,
    shown: ({ namespace, task }) =>
      (selection.namespace === undefined || namespace === selection.namespace) &&
      (selection.stream === undefined || task === selection.stream.task),
    summarize: summaryOf,
  });
  const html = reportHtml(data, page);
  if (options.output === '-') await output.bytes(html);
  else {
    await writeOutputFile(options.output, [html], { force: options.force ?? false, mark: reportMark });
    output.talk(`wrote ${data.events.position.length} events to ${options.output}`);
  }
  if (!verification.verified) throw new BadNewsError('the log is not verified: the report says why');
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
