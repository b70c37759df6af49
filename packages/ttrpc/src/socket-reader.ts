/** Frames from a socket, read no faster than they are used. */
import type { Socket } from 'node:net';
import { type Frame, FrameDecoder, type OversizedFrame } from './frame.js';

/** Bytes of messages that nobody has read yet: above, nothing more is read from the socket. */
const highWater = 1 << 20;

export class SocketReader {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder();
  #unread = 0;
  #isBlocked = false;

  constructor(socket: Socket, onFrame: (frame: Frame | OversizedFrame) => void) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#decoder.push(chunk)) {
        if (socket.destroyed) return;
        onFrame(frame);
      }
    });
    socket.on('drain', () => {
      this.#isBlocked = false;
      this.#apply();
    });
  }

  /** Whether the connection ended in the middle of a frame. */
  get isCutOff(): boolean {
    return !this.#decoder.isIdle;
  }

  /** @param bytes of messages that came, or, negative, that were read */
  count(bytes: number): void {
    this.#unread += bytes;
    this.#apply();
  }

  /** As long as the peer does not read what is written to it, nothing more that it asks for is read. */
  waitForDrain(): void {
    this.#isBlocked = true;
    this.#apply();
  }

  #apply(): void {
    const isFull = this.#isBlocked || this.#unread > highWater;
    if (isFull === this.#socket.isPaused()) return;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }
}
