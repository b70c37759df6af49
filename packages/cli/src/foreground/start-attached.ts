import type { Attachment, CallContext, Process } from '@shiplog/core';

/** Attached before the start: its first byte is seen, and it finds its stdin held. */
export async function startAttached(
  process: Pick<Process, 'attach' | 'start'>,
  stdin: boolean,
  context: CallContext,
): Promise<Attachment> {
  const attachment = await process.attach({ stdin, from: 'beginning' }, context);
  try {
    await process.start(context);
    return attachment;
  } catch (error) {
    await attachment[Symbol.asyncDispose]();
    throw error;
  }
}
