import { join } from 'node:path';
import { type EventLog, LmdbEventLog, taskProjection } from '@shiplog/core';
import type { Command } from 'commander';
import type { Cli } from './command.js';
import { type CommonOptions, commonOptionsOf } from './common-options.js';

export interface OpenLog {
  readonly log: EventLog;
  readonly common: CommonOptions;
}

/**
 * The log alone, without plugins and recovery: whoever checks it changes nothing.
 *
 * @param readOnly false for those who keep something in it
 */
export async function withLog<T>(
  command: Command,
  cli: Cli,
  readOnly: boolean,
  work: (open: OpenLog) => Promise<T>,
): Promise<T> {
  const common = commonOptionsOf(command, cli.env);
  if (common.json) cli.output.hideProgress();
  const projections = readOnly ? [] : [taskProjection];
  await using log = await LmdbEventLog.open(join(common.root, 'log'), { projections, readOnly });
  return await work({ log, common });
}
