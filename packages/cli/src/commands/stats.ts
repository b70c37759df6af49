import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCodeOf, InvalidArgumentError, type TaskState, unmarshalAny } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { interruptible } from '../foreground/interruptible.js';
import type { TableFlags } from '../output/output.js';
import type { Session } from '../session.js';
import { addTableOptions } from '../table-options.js';
import { type Sample, type StatsView, type Subject, sampleOf, statsColumns, statsView } from '../views/stats-view.js';
import { tasksThatAre } from './task-command.js';

interface Options extends TableFlags {
  readonly all?: true;
  readonly stream?: boolean;
  /** Milliseconds. */
  readonly interval?: number;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Shows what tasks use: on a terminal a table that is drawn anew each second, until they have ended.')
    .argument('[task...]', 'the IDs of the tasks; those of the namespace that run when none is given')
    .option('-a, --all', 'every task of the namespace, also those that do not run')
    .option('--no-stream', 'show it once')
    .option('-i, --interval <seconds>', 'the time between two looks; 1 unless it is given', parseInterval)
    .action((ids: readonly string[], options: Options) => {
      if (options.all && ids.length > 0) command.error('--all means every task: give it, or the IDs of tasks');
      return cli.inSession(command, (session) => watchTasks([...new Set(ids)], options, session), ids[0]);
    });
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog stats', 'all that runs in the namespace'],
      ['shiplog stats --no-stream --json web | jq .memoryUsage', 'one number'],
    ],
    exitCodes: ['128 + n a signal ended the watching'],
  });
};

/** @throws InvalidArgumentError */
function parseInterval(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds >= 0.1 && seconds <= 3600) return seconds * 1000;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no interval: give seconds, from 0.1 to 3600`);
}

const live: readonly TaskState['status'][] = ['running', 'pausing', 'paused'];
const present: readonly TaskState['status'][] = ['creating', 'created', 'stopped', ...live];

/** A percentage of CPU time is the difference of two looks, so the first of them shows nothing. */
async function watchTasks(ids: readonly string[], options: Options, session: Session): Promise<void> {
  const { common, output } = session;
  const { stream = true, interval = 1000 } = options;
  const chosen = () => (ids.length > 0 ? ids : tasksThatAre(options.all ? present : live, session));
  let before = await lookAt(chosen(), session, ids.length > 0);
  await using table = await output.liveTable(statsColumns, options);
  const show = async (now: ReadonlyMap<string, Sample | undefined>): Promise<void> => {
    const views = viewsOf(now, before, session, options.all === true);
    if (!common.json) return table.draw(views);
    for (const view of views) await output.json({ ...view, ...metricsOf(now.get(view.id)) });
  };
  if (isOver(before)) return await show(before);
  await interruptible(async (signal) => {
    do {
      await delay(interval, undefined, { signal });
      const now = await lookAt(chosen(), session, false);
      await show(now);
      before = now;
    } while (stream && !isOver(before));
  });
}

function isOver(samples: ReadonlyMap<string, Sample | undefined>): boolean {
  return [...samples.values()].every((sample) => !sample);
}

/**
 * What has ended has no metrics.
 *
 * @param strict what cannot be looked at is an error: it was asked for by name
 */
async function lookAt(
  ids: readonly string[],
  { shiplog, context }: Session,
  strict: boolean,
): Promise<ReadonlyMap<string, Sample | undefined>> {
  const look = async (id: string): Promise<readonly [string, Sample | undefined]> => {
    try {
      const task = await shiplog.runtime.get(id, context);
      return [id, sampleOf(await task.stats(context), performance.now())];
    } catch (error) {
      const isGone = ['not-found', 'failed-precondition'].includes(errorCodeOf(error));
      if (strict || !isGone) throw error;
      return [id, undefined];
    }
  };
  return new Map(await Promise.all(ids.map(look)));
}

function viewsOf(
  now: ReadonlyMap<string, Sample | undefined>,
  before: ReadonlyMap<string, Sample | undefined>,
  { shiplog, context, common: { namespace } }: Session,
  withoutMetrics: boolean,
): readonly StatsView[] {
  return [...now].flatMap(([id, sample]) => {
    if (!sample && !withoutMetrics) return [];
    const subject: Subject = { id, namespace, status: shiplog.runtime.state(id, context).state.status };
    return [statsView(subject, sample, before.get(id), totalmem())];
  });
}

/** As `Task.stats` gave them, with their type. */
function metricsOf(sample: Sample | undefined): object {
  if (!sample) return {};
  const { typeUrl } = sample.stats;
  return { metricsType: typeUrl, metrics: unmarshalAny(sample.stats, typeUrl) };
}
