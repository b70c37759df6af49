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
  readonly #gone = Promise.withResolvers<false>();
  #ended = false;

  private constructor(socket: SeqpacketSocket) {
    this.#socket = socket;
    const gone = (): void => this.#gone.resolve(false);
    socket.on('data', () => {});
    for (const event of ['end', 'error', 'close']) socket.on(event, gone);
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
    const sent = new Promise<true>((resolve, reject) => {
      try {
        this.#socket.write(message, 0, message.length, () => resolve(true));
      } catch (error) {
        reject(error);
      }
    });
    return Promise.race([sent, this.#gone.promise]);
  }

  /** Resolves when what was written is on its way, and the end behind it. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const shut = new Promise<void>((resolve) => this.#socket.end(resolve));
    await Promise.race([shut, this.#gone.promise]);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#gone.resolve(false);
    this.#socket.destroy();
  }
}
