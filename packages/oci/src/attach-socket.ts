/** The way to a process's stdin: a connection to its monitor's `attach` socket, which is a SOCK_SEQPACKET one. */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { SeqpacketSocket } from 'node-unix-socket';

/** conmon reads 32 KiB at a time, and what is left of a longer message is lost. */
const maxMessage = 8192;

/** The output that conmon sends as well is taken from the log; it has to be read all the same, or conmon waits for us. */
const readSize = 16 * 1024;

export class AttachSocket implements Disposable {
  readonly #socket: SeqpacketSocket;
  /** What is told that the socket is gone. One promise for all would keep something of every write ever waited for. */
  readonly #waiting = new Set<() => void>();
  #gone = false;
  #ended = false;

  private constructor(socket: SeqpacketSocket) {
    this.#socket = socket;
    socket.on('data', () => {});
    for (const event of ['end', 'error', 'close']) socket.on(event, () => this.#lost());
  }

  /** @throws the system's error if nobody listens there */
  static async connect(path: string): Promise<AttachSocket> {
    // A native module, for those only who have something to write.
    const { SeqpacketSocket: Socket } = await import('node-unix-socket');
    const socket = new Socket();
    socket.setInternalReadBufferSize(readSize);
    // A socket's path has at most 107 bytes, a folder's descriptor has a short one.
    const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.connect(`/proc/self/fd/${folder}/${basename(path)}`, resolve);
      });
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      closeSync(folder);
    }
    return new AttachSocket(socket);
  }

  /** @returns false when the monitor reads no more */
  async write(bytes: Uint8Array): Promise<boolean> {
    for (let start = 0; start < bytes.length; start += maxMessage) {
      if (this.#ended || !(await this.#send(bytes.subarray(start, start + maxMessage)))) return false;
    }
    return true;
  }

  #send(bytes: Uint8Array): Promise<boolean> {
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#unlessGone((sent) => this.#socket.write(message, 0, message.length, sent));
  }

  /** Resolves when what was written is on its way, and the end behind it. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#unlessGone((shut) => this.#socket.end(shut));
  }

  /** @returns false when the socket was gone before the work was done */
  #unlessGone(work: (done: () => void) => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return resolve(false);
      const gone = (): void => resolve(false);
      this.#waiting.add(gone);
      try {
        work(() => {
          this.#waiting.delete(gone);
          resolve(true);
        });
      } catch (error) {
        this.#waiting.delete(gone);
        reject(error);
      }
    });
  }

  #lost(): void {
    this.#gone = true;
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#lost();
    this.#socket.destroy();
  }
}
