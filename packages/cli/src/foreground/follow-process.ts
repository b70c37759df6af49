import { constants } from 'node:os';
import { type CallContext, type Exit, errorCodeOf, type Process } from '@shiplog/core';
import { tailCriLog } from '@shiplog/oci';
import { InterruptedError } from '../errors.js';
import { OutputClosedError } from '../output/output.js';
import type { Session } from '../session.js';
import { copyLog } from './copy-log.js';
import type { SignalProxy } from './signal-proxy.js';

export interface Foreground {
  /** The file that its output goes to. */
  readonly logPath: string;
  readonly proxy: SignalProxy;
}

/**
 * Stays with a started process to its end: prints its output, and sends it the signals that this process gets. When it
 * resolves, everything that the process wrote is printed.
 *
 * @throws InterruptedError when nobody wants to wait, or to read, any more; the process goes on
 */
export async function followProcess(process: Process, session: Session, { logPath, proxy }: Foreground): Promise<Exit> {
  const left = new AbortController();
  const ended = new AbortController();
  const context: CallContext = { ...session.context, signal: left.signal };
  proxy.deliverTo({
    kill: (signal) => unlessEnded(process.kill(signal, {}, session.context)),
    talk: (text) => session.output.talk(`${process.id}: ${text}`),
  });
  const copied = copyLog(tailCriLog(logPath, ended.signal), session.output);
  try {
    // The copying wins only by failing: it ends after the process.
    const exit = await Promise.race([process.wait(context), proxy.gaveUp, failureOf(copied)]);
    ended.abort();
    await copied;
    return exit;
  } catch (error) {
    // A program of the shell would have been ended so.
    throw error instanceof OutputClosedError ? new InterruptedError(constants.signals.SIGPIPE) : error;
  } finally {
    ended.abort();
    left.abort();
  }
}

async function failureOf(work: Promise<void>): Promise<never> {
  await work;
  return new Promise(() => {});
}

/** It may have ended by itself before the signal came. */
async function unlessEnded(kill: Promise<void>): Promise<void> {
  try {
    await kill;
  } catch (error) {
    if (errorCodeOf(error) !== 'not-found') throw error;
  }
}
