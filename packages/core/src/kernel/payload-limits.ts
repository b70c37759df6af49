/** How much a payload may be: it is parsed, searched for secrets, stored and written out by code that takes it whole. */
import { InvalidArgumentError } from './errors.js';

/** Bytes. A spec has some ten thousand, and the kernel gives a program no more than a few million for its arguments. */
export const maxPayloadBytes = 16 * 1024 * 1024;

/** Lists and objects within each other. A spec has six. */
export const maxPayloadDepth = 100;

const quote = 0x22;
const backslash = 0x5c;

/** @throws InvalidArgumentError for JSON that is larger or deeper than any that makes sense; the value is not shown */
export function assertPayloadLimits(what: string, bytes: Uint8Array): void {
  if (bytes.length > maxPayloadBytes) {
    throw new InvalidArgumentError(
      `${what} is too large: it has ${bytes.length} bytes, at most ${maxPayloadBytes} are allowed`,
      { details: { bytes: bytes.length } },
    );
  }
  if (isDeeper(bytes)) {
    throw new InvalidArgumentError(
      `${what} is too deep: its lists and objects may stand ${maxPayloadDepth} within each other`,
    );
  }
}

/** Without recursion, and without parsing: brackets outside of texts. */
function isDeeper(bytes: Uint8Array): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > maxPayloadDepth) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return false;
}
