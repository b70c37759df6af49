import { type Attachment, type CallContext, errorCodeOf, type Process } from '@shiplog/core';
import { tailCriLog } from '@shiplog/oci';

type Started = Pick<Process, 'attach' | 'start' | 'wait'>;

/**
 * Attached before the start: its first byte is seen, and it finds its stdin held. What a runtime that cannot attach
 * writes to the task's log is as good, as long as nobody wants to type.
 *
 * @param log where the output of that process is kept
 */
export async function startAttached(
  process: Started,
  stdin: boolean,
  context: CallContext,
  log: string,
): Promise<Attachment> {
  const attachment = await attachTo(process, stdin, context);
  try {
    await process.start(context);
    return attachment ?? followLog(process, log, context);
  } catch (error) {
    await attachment?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function attachTo(process: Started, stdin: boolean, context: CallContext): Promise<Attachment | undefined> {
  try {
    return await process.attach({ stdin, from: 'beginning' }, context);
  } catch (error) {
    if (stdin || errorCodeOf(error) !== 'not-implemented') throw error;
    return undefined;
  }
}

function followLog(process: Started, log: string, context: CallContext): Attachment {
  const ended = new AbortController();
  const end = () => ended.abort();
  process.wait({ ...context, signal: ended.signal }).then(end, end);
  return {
    output: tailCriLog(log, ended.signal),
    write: async () => false,
    end: async () => {},
    [Symbol.asyncDispose]: async () => end(),
  };
}
