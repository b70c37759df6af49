import type { Attachment, CallContext, Process } from '@shiplog/core';

/** For what has its output elsewhere: whoever stays with it has nothing to print. */
export async function startUnheard(process: Pick<Process, 'start'>, context: CallContext): Promise<Attachment> {
  await process.start(context);
  return nothing;
}

const nothing: Attachment = {
  output: {
    async *[Symbol.asyncIterator]() {},
  },
  write: async () => false,
  end: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
