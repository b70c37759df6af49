import { constants } from 'node:os';
import { type Attachment, type CallContext, type Exit, errorCodeOf, type Process } from '@shiplog/core';
import { InterruptedError } from '../errors.js';
import { OutputClosedError } from '../output/output.js';
import type { Session } from '../session.js';
import { copyOutput } from './copy-output.js';
import type { SignalProxy } from './signal-proxy.js';

export interface Following {
  readonly attachment: Attachment;
  readonly proxy: SignalProxy;
  /** Resolves to true when its person leaves it alone; absent where there is none at the keys. */
  readonly detached?: Promise<boolean> | undefined;
}

/**
 * Stays with a process to its end: prints its output, and sends it the signals that this process gets. When it
 * resolves, everything that the process wrote is printed.
 *
 * @returns undefined when its person has left it alone; it goes on then
 * @throws InterruptedError when nobody wants to wait, or to read, any more; the process goes on
 */
export async function followProcess(
  process: Pick<Process, 'id' | 'kill' | 'wait'>,
  session: Pick<Session, 'context' | 'output'>,
  { attachment, proxy, detached }: Following,
): Promise<Exit | undefined> {
  const left = new AbortController();
  const context: CallContext = { ...session.context, signal: left.signal };
  proxy.deliverTo({
    kill: (signal) => unlessEnded(process.kill(signal, {}, session.context)),
    talk: (text) => session.output.talk(`${process.id}: ${text}`),
  });
  const copied = copyOutput(attachment.output, session.output);
  const leaving = detached === undefined ? [] : [leavingOf(detached)];
  try {
    // The copying wins only by failing: it ends after the process.
    const exit = await Promise.race([process.wait(context), proxy.gaveUp, failureOf(copied), ...leaving]);
    if (exit) await copied;
    return exit;
  } catch (error) {
    // A program of the shell would have been ended so.
    throw error instanceof OutputClosedError ? new InterruptedError(constants.signals.SIGPIPE) : error;
  } finally {
    left.abort();
  }
}

async function failureOf(work: Promise<void>): Promise<never> {
  await work;
  return new Promise(() => {});
}

async function leavingOf(detached: Promise<boolean>): Promise<undefined> {
  if (!(await detached)) await new Promise(() => {});
}

/** It may have ended by itself before the signal came. */
async function unlessEnded(kill: Promise<void>): Promise<void> {
  try {
    await kill;
  } catch (error) {
    if (errorCodeOf(error) !== 'not-found') throw error;
  }
}
