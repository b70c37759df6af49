import { FailedPreconditionError } from '../kernel/errors.js';
import type { StreamId } from './event-log.js';

/** Somebody else appended to the stream first: load again, decide again. */
export class ExpectedVersionError extends FailedPreconditionError {
  override readonly name = 'ExpectedVersionError';
  readonly expected: number;
  readonly actual: number;

  constructor(stream: StreamId, expected: number, actual: number) {
    super(`stream ${stream.namespace}/${stream.task} has version ${actual}, not ${expected}`, {
      details: { namespace: stream.namespace, task: stream.task, expected, actual },
    });
    this.expected = expected;
    this.actual = actual;
  }
}
