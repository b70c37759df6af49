/**
 * The closed set of error classes, as containerd's `errdefs`. Every error that Shiplog throws on purpose is a
 * `ShiplogError` with one of these codes; whoever prints or transports an error needs to know these and no more.
 */
export const errorCodes = [
  'not-found',
  'already-exists',
  'failed-precondition',
  'invalid-argument',
  'not-implemented',
  'unavailable',
  'cancelled',
  'deadline-exceeded',
  'unknown',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Data that goes with an error: flat, printable, never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface ShiplogErrorOptions {
  readonly cause?: unknown;
  readonly details?: ErrorDetails;
}

export class ShiplogError extends Error {
  override readonly name: string = 'ShiplogError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ShiplogErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** It is not there: a task, an exec, a blob, a plugin. */
export class NotFoundError extends ShiplogError {
  override readonly name: string = 'NotFoundError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('not-found', message, options);
  }
}

export class AlreadyExistsError extends ShiplogError {
  override readonly name: string = 'AlreadyExistsError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('already-exists', message, options);
  }
}

/** What was asked is right, but not in the present state. */
export class FailedPreconditionError extends ShiplogError {
  override readonly name: string = 'FailedPreconditionError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('failed-precondition', message, options);
  }
}

export class InvalidArgumentError extends ShiplogError {
  override readonly name: string = 'InvalidArgumentError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('invalid-argument', message, options);
  }
}

export class NotImplementedError extends ShiplogError {
  override readonly name: string = 'NotImplementedError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('not-implemented', message, options);
  }
}

/** The host lacks something, or something did not answer; trying again later may help. */
export class UnavailableError extends ShiplogError {
  override readonly name: string = 'UnavailableError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('unavailable', message, options);
  }
}

export class CancelledError extends ShiplogError {
  override readonly name: string = 'CancelledError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('cancelled', message, options);
  }
}

export class DeadlineExceededError extends ShiplogError {
  override readonly name: string = 'DeadlineExceededError';
  constructor(message: string, options?: ShiplogErrorOptions) {
    super('deadline-exceeded', message, options);
  }
}

/** By its data: a plugin may have its own copy of this package, and so other classes. */
export function isShiplogError(error: unknown): error is ShiplogError {
  if (!(error instanceof Error && 'code' in error && 'details' in error)) return false;
  return (errorCodes as readonly unknown[]).includes(error.code) && typeof error.details === 'object';
}

/** The code of any thrown value: `unknown` for what is not ours. */
export function errorCodeOf(error: unknown): ErrorCode {
  return isShiplogError(error) ? error.code : 'unknown';
}

/** The words of any thrown value, without a stack. */
export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const errorClasses = {
  'not-found': NotFoundError,
  'already-exists': AlreadyExistsError,
  'failed-precondition': FailedPreconditionError,
  'invalid-argument': InvalidArgumentError,
  'not-implemented': NotImplementedError,
  unavailable: UnavailableError,
  cancelled: CancelledError,
  'deadline-exceeded': DeadlineExceededError,
} as const satisfies Record<
  Exclude<ErrorCode, 'unknown'>,
  new (
    message: string,
    options?: ShiplogErrorOptions,
  ) => ShiplogError
>;

/** The error of a code that came as data (from the log, or from another process). */
export function errorFromCode(code: ErrorCode, message: string, options?: ShiplogErrorOptions): ShiplogError {
  return code === 'unknown' ? new ShiplogError('unknown', message, options) : new errorClasses[code](message, options);
}
