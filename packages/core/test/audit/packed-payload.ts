import { gunzipSync } from 'node:zlib';
import { sha256Of } from '../../src/kernel/typed-any.js';

/** Whether a file of payloads has this one, not overwritten. */
export function isPackedIn(file: Buffer, value: Buffer): boolean {
  const head = file.indexOf(`${sha256Of(value)} `);
  if (head === -1) return false;
  const begin = file.indexOf('\n', head) + 1;
  const length = Number(file.toString('latin1', head + 65, begin - 1));
  const bytes = file.subarray(begin, begin + length);
  return bytes.some((byte) => byte !== 0) && gunzipSync(bytes).equals(value);
}
