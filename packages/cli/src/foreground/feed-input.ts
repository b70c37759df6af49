import type { Attachment } from '@shiplog/core';
import type { DetachKeys } from '../terminal/detach-keys.js';
import type { InputStream } from '../terminal/input-stream.js';

/** Why nothing more is sent: the detach keys were typed, nothing more comes, or nobody takes it any more. */
export type InputEnd = 'keys' | 'end' | 'unread';

/** Sends on what is typed or piped in, as fast as it is taken, and its end. */
export async function feedInput(
  input: InputStream,
  attachment: Pick<Attachment, 'write' | 'end'>,
  keys: DetachKeys,
): Promise<InputEnd> {
  // A terminal that is closed could not be put back.
  const chunks: AsyncIterable<Uint8Array> = input.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    const { bytes, detached } = keys.take(chunk);
    if (bytes.length > 0 && !(await attachment.write(bytes))) return 'unread';
    if (detached) return 'keys';
  }
  await attachment.write(keys.rest());
  await attachment.end();
  return 'end';
}
