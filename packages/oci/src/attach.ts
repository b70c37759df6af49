/**
 * Attaching to a process. What it writes is read from its log, into which its monitor writes everything: so an
 * attachment can begin at the first byte, a slow one holds up nobody, and the last words of a process are never lost
 * with a connection. What is written to it goes through the monitor's socket.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Attachment,
  type AttachOpts,
  attachedStdin,
  type CallContext,
  errorMessageOf,
  FailedPreconditionError,
  type OutputChunk,
  type Stdio,
  UnavailableError,
} from '@shiplog/core';
import { AttachSocket } from './attach-socket.js';
import type { ProcessFolder } from './layout.js';
import { reportIn } from './monitor.js';
import { addOwnSocket, ownSockets, removeOwnSocket } from './own-sockets.js';
import { endHolder } from './stdin-holder.js';
import { stdinReader } from './stdin-reader.js';
import { isFifoStdin } from './stdio.js';
import { tailCriLog } from './tail-cri-log.js';
import { untilFound } from './until-found.js';

export interface AttachTarget {
  /** For people: `task web`. */
  readonly name: string;
  readonly folder: ProcessFolder;
  readonly io: Stdio;
  /** Whether there is a monitor, or was one. */
  readonly launched: boolean;
  /** Whether anybody reads its stdin, where its monitor cannot tell. */
  readonly isRead?: () => boolean;
  wait(context: CallContext): Promise<unknown>;
}

/** @throws FailedPreconditionError if its output goes elsewhere, or there is no such stdin */
export async function attachTo(target: AttachTarget, opts: AttachOpts): Promise<Attachment> {
  const { name, folder, io, launched } = target;
  if (io.stdout !== '' || io.stderr !== '') {
    throw new FailedPreconditionError(`cannot attach to ${name}: its output goes to ${io.stdout || io.stderr}`);
  }
  if (opts.stdin && !isAttachable(io.stdin)) {
    throw new FailedPreconditionError(
      `cannot write to ${name}: it was created without a stdin to attach to (-i); attach without stdin`,
    );
  }
  mkdirSync(dirname(folder.logFile), { recursive: true, mode: 0o700 });
  const left = new AbortController();
  const socket = opts.stdin ? connectTo(target, left.signal) : undefined;
  void socket?.then((connected) => addOwnSocket(socketOf(folder), connected)).catch(() => undefined);
  if (launched) await socket;
  return new LogAttachment(target, opts, left, socket);
}

/**
 * Ends the input of a process.
 *
 * @throws FailedPreconditionError if it is to stay open
 */
export async function closeInput(target: AttachTarget): Promise<void> {
  const { name, io, launched } = target;
  if (io.terminal || io.stdin === '') return;
  if (io.stdin === attachedStdin.keep) {
    throw new FailedPreconditionError(
      `cannot close the stdin of ${name}: it was created to stay open (${attachedStdin.keep})`,
    );
  }
  if (!launched) throw new FailedPreconditionError(`cannot close the stdin of ${name}: start it first`);
  if (isFifoStdin(io.stdin)) return endHolder(target.folder);
  const [own] = ownSockets(socketOf(target.folder));
  if (own) return own.end();
  using socket = await connectTo(target, undefined);
  await socket.end();
}

function socketOf(folder: ProcessFolder): string {
  return join(folder.monitorFolder, 'attach');
}

function isAttachable(stdin: string): boolean {
  return stdin === attachedStdin.once || stdin === attachedStdin.keep;
}

/** Milliseconds; a launch has an event, so this is for a host without a watch to give. */
const lookInterval = 1000;

/** A launch that is to come is waited for. */
async function connectTo({ name, folder }: AttachTarget, signal: AbortSignal | undefined): Promise<AttachSocket> {
  const look = () => reportIn(folder);
  await untilFound({ file: folder.syncFile, look, lookInterval, signal, what: `${name} was started` });
  try {
    return await AttachSocket.connect(socketOf(folder));
  } catch (cause) {
    throw new UnavailableError(`cannot reach the stdin of ${name}: ${errorMessageOf(cause)}; has it just ended?`, {
      cause,
    });
  }
}

class LogAttachment implements Attachment {
  readonly #target: AttachTarget;
  readonly #left: AbortController;
  readonly #socket: Promise<AttachSocket> | undefined;
  readonly #isRead: () => boolean;
  readonly output: AsyncIterable<readonly OutputChunk[]>;

  constructor(
    target: AttachTarget,
    opts: AttachOpts,
    left: AbortController,
    socket: Promise<AttachSocket> | undefined,
  ) {
    this.#target = target;
    this.#left = left;
    this.#socket = socket;
    this.#isRead = target.io.terminal ? () => true : (target.isRead ?? stdinReader(target.folder));
    const { logFile } = target.folder;
    const begin = opts.from === 'beginning' ? 0 : (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0);
    this.output = this.#read(begin);
  }

  async *#read(begin: number): AsyncGenerator<readonly OutputChunk[]> {
    const { signal } = this.#left;
    const ended = new AbortController();
    // How it ended, and whether it still can be told, is for whoever waits for it; here it is the end of the output.
    const end = (): void => ended.abort();
    void this.#target.wait({ signal }).then(end, end);
    if (!(await this.#logIsThere(ended.signal))) return;
    for await (const batch of tailCriLog(this.#target.folder.logFile, ended.signal, begin)) {
      if (signal.aborted) return;
      yield batch;
    }
  }

  /** False where there never will be one. The log of an exec comes with its start. */
  async #logIsThere(ended: AbortSignal): Promise<boolean> {
    const { logFile } = this.#target.folder;
    const look = () => statSync(logFile, { throwIfNoEntry: false });
    try {
      await untilFound({ file: logFile, look, lookInterval, signal: ended, what: 'there was a log' });
      return true;
    } catch (error) {
      if (ended.aborted) return look() !== undefined;
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    if (!this.#socket) throw new FailedPreconditionError(`${this.#target.name} was attached to without stdin`);
    if (this.#left.signal.aborted) return false;
    const socket = await this.#socket;
    return this.#isRead() && socket.write(bytes);
  }

  async end(): Promise<void> {
    if (this.#socket && !this.#left.signal.aborted) await (await this.#socket).end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#left.abort();
    const socket = await this.#socket?.catch(() => undefined);
    if (!socket) return;
    removeOwnSocket(socketOf(this.#target.folder), socket);
    socket[Symbol.dispose]();
  }
}
