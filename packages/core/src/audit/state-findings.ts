import type { Position, StoredLog } from '../event-log/event-log.js';
import type { StateCheck } from '../projections/state-check.js';
import { taskProjection, taskProjectionName } from '../projections/task-projection.js';
import type { Findings } from './finding.js';
import { streamKey } from './stream-places.js';

interface Walk {
  /** Of the log. */
  readonly size: Position;
  /** Streams that have a record that nobody could read: what their events add up to is not known. By their keys. */
  readonly unsure: ReadonlySet<string>;
}

/** Once all records were taken. */
export function checkStates(
  states: StateCheck,
  stored: StoredLog,
  { size, unsure }: Walk,
  findings: Findings,
  notices: string[],
): void {
  const told = [
    ...states
      .differences()
      .filter((difference) => !unsure.has(streamKey(difference)))
      .map(({ namespace, task }) => `the stored state of ${namespace}/${task} is not what its events say`),
    ...states.markFaults().map(({ namespace, task, mark }) => {
      const what = mark === 'missing' ? 'is not over, and has no mark' : 'is over, or never was, and has a mark';
      return `${namespace}/${task} ${what} as one that lives`;
    }),
  ];
  if (stored.projectionVersion(taskProjectionName) === taskProjection.version) {
    for (const message of told) findings.add('state', `${message}: see replay --verify`);
  } else if (told.length > 0) {
    // Nobody believes them: whoever opens the log for writing makes them anew.
    notices.push(
      'the states of tasks were stored by another version: they are not what this one makes of their events',
    );
  }
  for (const { position, reason } of states.badSnapshots(size, (stream) => !unsure.has(streamKey(stream)))) {
    findings.add('snapshot', `the snapshot of position ${position} is not what the events say: ${reason}`, position);
  }
}
