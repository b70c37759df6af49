/** A shim's errors as ours. */
import { type ErrorCode, errorFromCode, errorMessageOf, type ShiplogError } from '@shiplog/core';
import { runtimeError } from '@shiplog/oci';
import { statusCodes, TtrpcError } from '@shiplog/ttrpc';

const codes: Readonly<Record<number, ErrorCode>> = {
  [statusCodes.canceled]: 'cancelled',
  [statusCodes.invalidArgument]: 'invalid-argument',
  [statusCodes.deadlineExceeded]: 'deadline-exceeded',
  [statusCodes.notFound]: 'not-found',
  [statusCodes.alreadyExists]: 'already-exists',
  [statusCodes.failedPrecondition]: 'failed-precondition',
  [statusCodes.unimplemented]: 'not-implemented',
  [statusCodes.unavailable]: 'unavailable',
};

/**
 * @param action for people: `start task web`
 * @param shim the name of its program
 */
export function shimError(error: unknown, action: string, shim: string): unknown {
  if (!(error instanceof TtrpcError)) return error;
  const code = codes[error.code] ?? 'unknown';
  // What an OCI runtime said has no class: its words tell whether the program is at fault.
  if (code === 'unknown') return runtimeError({ action, argv: [shim], line: wordsOf(error) }, error);
  return withCode(code, `cannot ${action}: ${wordsOf(error)}`, error);
}

function withCode(code: ErrorCode, message: string, cause: TtrpcError): ShiplogError {
  return errorFromCode(code, message, { cause, details: { shimError: cause.message } });
}

/** Go's error classes stand at the end of the words as well. */
function wordsOf(error: TtrpcError): string {
  const words = errorMessageOf(error).replace(/(?:: (?:unknown|not found|failed precondition|already exists))+$/, '');
  return words === '' ? 'it gave no reason' : words;
}
