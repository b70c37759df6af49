/** `--at`, and what else names a point of the log. */
import { type AsOf, InvalidArgumentError, type Point } from '@shiplog/core';
import type { Command } from 'commander';
import { parseTime } from './parse-time.js';
import type { Session } from './session.js';

/** More digits are seconds since 1970: as a position they would be more events than any log has. */
const position = /^\d{1,9}$/;

/** @throws InvalidArgumentError */
export function parsePoint(text: string): Point {
  if (position.test(text)) return Number(text);
  try {
    return parseTime(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no point of the log: give a position (120), a time (2026-01-31T12:00:00Z), or how long ago (10m)`,
      { cause },
    );
  }
}

export interface AtOption {
  readonly at?: Point;
}

export function addAtOption(command: Command): void {
  command.option('--at <point>', 'as it was then: after the event of a position, or at a time (10m: ago)', parsePoint);
}

/** What the log knew at a point, and says which it is. */
export async function asOfPoint({ shiplog, output }: Session, point: Point): Promise<AsOf> {
  const then = await output.during(() => 'looking into the past', shiplog.at(point));
  output.talk(`as of ${describe(then)}`);
  if (then.laterRecord !== undefined) {
    output.talk(
      `the clock was set back: there are events of up to ${then.laterRecord} in it; ` +
        '`shiplog events` shows positions, and --at takes one',
    );
  }
  return then;
}

function describe({ position: at, time }: AsOf): string {
  return time === undefined ? `position ${at}` : `position ${at}, ${time}`;
}
