/** A person, or a pipeline, in front of a process: all that `run`, `exec`, `start` and `attach` have in common. */
import { type Attachment, type Exit, errorMessageOf, type Process } from '@shiplog/core';
import type { Session } from '../session.js';
import { DetachKeys, defaultDetachKeys, parseDetachKeys } from '../terminal/detach-keys.js';
import { RawMode } from '../terminal/raw-mode.js';
import { SizeFollower } from '../terminal/terminal-size.js';
import { feedInput, type InputEnd } from './feed-input.js';
import { followProcess } from './follow-process.js';
import type { SignalProxy } from './signal-proxy.js';

export interface Attendance {
  readonly attachment: Attachment;
  readonly proxy: SignalProxy;
  /** Whether our stdin is its stdin. */
  readonly interactive: boolean;
  /** Whether it has a terminal. */
  readonly tty: boolean;
  readonly detachKeys?: Uint8Array | undefined;
  /** Whether it has drawn something on its terminal that is not seen yet. */
  readonly redraw?: boolean;
}

/**
 * Stays with a process to its end. Our terminal is put back before this resolves or rejects.
 *
 * @returns undefined when the detach keys were typed; it goes on then
 * @throws InterruptedError when nobody wants to wait, or to read, any more; the process goes on
 */
export async function attend(
  process: Process,
  session: Session,
  { attachment, proxy, interactive, tty, detachKeys, redraw = false }: Attendance,
): Promise<Exit | undefined> {
  const { context, output } = session;
  const stdin = interactive ? session.stdin() : undefined;
  const onTerminal = tty && stdin?.isTTY === true;
  using _raw = onTerminal && stdin ? await RawMode.enter(stdin) : undefined;
  const resizable = { resizePty: (size: Parameters<Process['resizePty']>[0]) => process.resizePty(size, context) };
  const warn = (error: unknown): void => output.talk(`cannot resize the terminal: ${errorMessageOf(error)}`);
  using size = tty ? new SizeFollower(output, resizable, warn) : undefined;
  if (redraw) size?.redraw();
  // On a pipe, the bytes of the keys are bytes like any others.
  const keys = new DetachKeys(onTerminal ? (detachKeys ?? parseDetachKeys(defaultDetachKeys)) : new Uint8Array());
  const detached = stdin && isLeft(feedInput(stdin, attachment, keys), onTerminal);
  return await followProcess(process, session, { attachment, proxy, detached });
}

/** Whether its person has left: by the keys, or with the terminal. One in raw mode has no other end. */
async function isLeft(input: Promise<InputEnd>, onTerminal: boolean): Promise<boolean> {
  try {
    const end = await input;
    return end === 'keys' || (onTerminal && end === 'end');
  } catch (error) {
    if (onTerminal) return true;
    throw error;
  }
}
