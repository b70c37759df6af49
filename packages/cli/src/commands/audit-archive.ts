import { resolve } from 'node:path';
import type { Archived, Segment, Shiplog } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import type { Output } from '../output/output.js';
import type { Column } from '../output/table.js';
import { parsePoint } from '../point.js';
import type { Session } from '../session.js';

type Point = Parameters<Shiplog['at']>[0];

interface Options {
  readonly before?: Point;
  readonly list?: true;
  readonly to?: string;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Moves the oldest records of the log to compressed files, checked before they leave it, and says so in the log. ' +
        'What tasks need that are there stays, and so does how each task ended. `audit verify` reads the files, too.',
    )
    .option('--before <point>', 'records before this position, or before a time (720h: ago)', parsePoint)
    .option('--to <folder>', "where to, its owner's alone; else ROOT/archives", notEmpty)
    .option('--list', 'list what was archived, and where it is')
    .action((options: Options) => {
      const { before, list, to } = options;
      if ((before === undefined) === (list === undefined)) command.error('say --before what, or --list');
      if (list && to !== undefined) command.error('--to goes with --before');
      return cli.inSession(command, (session) =>
        before === undefined ? printSegments(session) : archive(session, before, to),
      );
    });
  addHelp(command, {
    examples: [
      ['shiplog audit archive --before 720h', 'what is older than 30 days'],
      ['shiplog audit archive --before 100000 --to /mnt/archives', 'elsewhere'],
      ['shiplog audit archive --list', 'which records are in which file'],
      ['zcat ROOT/archives/*.gz | jq \'select(.task == "web")\'', 'read them with any tool'],
    ],
  });
};

const columns: readonly Column<Segment>[] = [
  { title: 'FIRST', value: ({ first }) => first, align: 'right' },
  { title: 'LAST', value: ({ last }) => last, align: 'right' },
  { title: 'BYTES', value: ({ bytes }) => bytes, align: 'right' },
  { title: 'FILE', value: ({ folder, file }) => `${folder}/${file}`, yields: 'last' },
];

async function printSegments({ shiplog, common, output }: Session): Promise<void> {
  const segments = shiplog.log.base.segments();
  if (!common.json) return output.table(columns, segments, { trunc: false });
  for (const segment of segments) await output.json(segment);
}

async function archive({ shiplog, context, common, output }: Session, before: Point, to?: string): Promise<void> {
  const folder = to === undefined ? undefined : resolve(to);
  let reached = 0;
  const onStep = (_: unknown, { last }: Pick<Segment, 'last'>) => {
    reached = last;
  };
  const archiving = shiplog.archive({ before, onStep, ...(folder && { folder }) }, context);
  const archived = await output.during(() => `archiving up to position ${reached}`, archiving);
  await (common.json ? output.json(archived) : tell(output, archived));
}

async function tell(output: Output, { position, records, segments }: Archived): Promise<void> {
  await output.lines(segments.map(({ folder, file }) => `${folder}/${file}`));
  if (records === 0) output.talk(`nothing to archive: the log begins behind position ${position}`);
  else
    output.talk(
      `archived ${records === 1 ? '1 record' : `${records} records`}: the log begins behind position ${position}`,
    );
}
