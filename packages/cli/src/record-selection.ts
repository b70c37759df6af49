/** Which records of the log are meant: a range of positions, a span of time, a namespace, a task. */
import {
  type LogRecord,
  type Position,
  parseNamespace,
  parseTaskId,
  type StreamId,
  type Timestamp,
} from '@shiplog/core';
import type { Command } from 'commander';
import { parsePosition } from './commands/parse-position.js';
import type { CommonOptions } from './common-options.js';
import { parseTime } from './parse-time.js';

export interface SelectionFlags {
  readonly from?: Position;
  readonly to?: Position;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly task?: string;
}

/** @param words what a command says of a flag in words of its own */
export function addSelectionOptions(command: Command, words: { readonly until?: string } = {}): void {
  command
    .option('--from <position>', 'begin with the event of this position', parsePosition)
    .option('--to <position>', 'end with the event of this position', parsePosition)
    .option('--since <time>', 'what happened then or later: RFC 3339, a date, or how long ago (10m)', (text) =>
      parseTime(text),
    )
    .option('--until <time>', words.until ?? 'what happened up to then', (text) => parseTime(text))
    .option('--task <task>', 'the events of this task only');
}

export interface Selection {
  /** All records that are meant stand behind it. */
  readonly after: Position;
  /** None of them stands behind it; infinite where nothing was said. */
  readonly until: Position;
  /** Where all of them are one task's. */
  readonly stream: StreamId | undefined;
  /** Where all of them are one namespace's. */
  readonly namespace: string | undefined;
  has(record: LogRecord): boolean;
}

/**
 * A task's name means one task in its namespace; without it, a namespace counts only if it was asked for.
 *
 * @throws InvalidArgumentError for a name that is none
 */
export function selectionOf(common: CommonOptions, flags: SelectionFlags): Selection {
  const given = parseNamespace(common.namespace);
  const task = flags.task === undefined ? undefined : parseTaskId(flags.task);
  const namespace = task !== undefined || common.namespaceGiven ? given : undefined;
  const { from = 1, to = Number.POSITIVE_INFINITY, since, until } = flags;
  return {
    after: Math.max(0, from - 1),
    until: to,
    stream: task === undefined ? undefined : { namespace: given, task },
    namespace,
    has: (record) =>
      record.position >= from &&
      record.position <= to &&
      (namespace === undefined || record.namespace === namespace) &&
      (task === undefined || record.task === task) &&
      (since === undefined || record.time >= since) &&
      (until === undefined || record.time <= until),
  };
}
