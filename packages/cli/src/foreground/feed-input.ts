import type { Attachment } from '@shiplog/core';
import type { DetachKeys } from '../terminal/detach-keys.js';
import type { InputStream } from '../terminal/input-stream.js';

/**
 * Sends on what is typed or piped in, as fast as it is taken, and its end.
 *
 * @returns whether the detach keys were typed; else nothing more is to be sent
 */
export async function feedInput(
  input: InputStream,
  attachment: Pick<Attachment, 'write' | 'end'>,
  keys: DetachKeys,
): Promise<boolean> {
  // A terminal that is closed could not be put back.
  const chunks: AsyncIterable<Uint8Array> = input.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    const { bytes, detached } = keys.take(chunk);
    if (bytes.length > 0 && !(await attachment.write(bytes))) return false;
    if (detached) return true;
  }
  await attachment.write(keys.rest());
  await attachment.end();
  return false;
}
