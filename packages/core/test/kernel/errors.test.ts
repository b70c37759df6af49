import { describe, expect, it } from 'vitest';
import {
  type ErrorCode,
  errorCodeOf,
  errorCodes,
  errorFromCode,
  errorMessageOf,
  isShiplogError,
  NotFoundError,
  ShiplogError,
} from '../../src/kernel/errors.js';

const names = {
  'not-found': 'NotFoundError',
  'already-exists': 'AlreadyExistsError',
  'failed-precondition': 'FailedPreconditionError',
  'invalid-argument': 'InvalidArgumentError',
  'not-implemented': 'NotImplementedError',
  unavailable: 'UnavailableError',
  cancelled: 'CancelledError',
  'deadline-exceeded': 'DeadlineExceededError',
  unknown: 'ShiplogError',
} as const satisfies Record<ErrorCode, string>;

describe('an error', () => {
  it.each(errorCodes)('of code %s comes back from data as its class', (code) => {
    const error = errorFromCode(code, 'no such luck', { details: { task: 'web' } });
    expect(error).toBeInstanceOf(ShiplogError);
    expect(error).toMatchObject({ code, name: names[code], message: 'no such luck', details: { task: 'web' } });
    expect(errorCodeOf(error)).toBe(code);
  });

  it('keeps its cause, and has none where there is none', () => {
    const cause = new TypeError('deep down');
    expect(new NotFoundError('gone', { cause }).cause).toBe(cause);
    expect(new NotFoundError('gone')).not.toHaveProperty('cause');
    expect(new NotFoundError('gone').details).toEqual({});
  });

  it('that is not ours is unknown', () => {
    expect(errorCodeOf(new TypeError('x'))).toBe('unknown');
    expect(errorCodeOf({ code: 'not-found' })).toBe('unknown');
    expect(isShiplogError(undefined)).toBe(false);
  });

  it('of another copy of this package is ours', () => {
    class NotFoundError extends Error {
      readonly code = 'not-found';
      readonly details = {};
    }
    expect(errorCodeOf(new NotFoundError('gone'))).toBe('not-found');
    expect(errorCodeOf(Object.assign(new Error('no file'), { code: 'ENOENT', details: {} }))).toBe('unknown');
  });

  it('of any kind has words', () => {
    expect(errorMessageOf(new Error('x'))).toBe('x');
    expect(errorMessageOf('x')).toBe('x');
    expect(errorMessageOf(undefined)).toBe('undefined');
  });
});
