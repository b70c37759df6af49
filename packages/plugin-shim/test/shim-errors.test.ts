import { statusCodes, TtrpcError } from '@shiplog/ttrpc';
import { expect, test } from 'vitest';
import { shimError } from '../src/shim-errors.js';

const action = 'start task web';
const shim = 'containerd-shim-runc-v2';

test.each([
  ['canceled', 'cancelled'],
  ['invalidArgument', 'invalid-argument'],
  ['deadlineExceeded', 'deadline-exceeded'],
  ['notFound', 'not-found'],
  ['alreadyExists', 'already-exists'],
  ['failedPrecondition', 'failed-precondition'],
  ['unimplemented', 'not-implemented'],
  ['unavailable', 'unavailable'],
  ['unknown', 'unknown'],
  ['internal', 'unknown'],
  ['resourceExhausted', 'unknown'],
] as const)('a status %s is an error of class %s', (status, code) => {
  const cause = new TtrpcError('it did not work', { code: statusCodes[status] });
  expect(shimError(cause, action, shim)).toMatchObject({
    code,
    cause,
    message: 'cannot start task web: it did not work',
  });
});

test("the names of Go's classes are not said twice", () => {
  const cause = new TtrpcError('no such process: not found', { code: statusCodes.notFound });
  expect(shimError(cause, action, shim)).toMatchObject({ message: 'cannot start task web: no such process' });
});

test('a program that is not there is at fault by what the OCI runtime says', () => {
  const words =
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown';
  const cause = new TtrpcError(words, { code: statusCodes.unknown });
  expect(shimError(cause, action, shim)).toMatchObject({ code: 'not-found', details: { exitCode: 127 } });
});

test('what is no word of the shim stays what it is', () => {
  const error = new TypeError('ours');
  expect(shimError(error, action, shim)).toBe(error);
});
