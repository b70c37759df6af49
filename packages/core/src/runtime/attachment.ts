/** What it means to be attached to a process: to read what it writes as it comes, and to write to its stdin. */

/**
 * What `io.stdin` is for a process whose stdin is open for attachments. Everything else is containerd's: empty, or a
 * fifo.
 *
 *     once   the first attachment with stdin that ends is the end of the input
 *     keep   the input stays open while attachments come and go
 *
 * The input of a terminal has no end either way: there, both mean that it can be typed on.
 */
export const attachedStdin = { once: 'attach://once', keep: 'attach://keep' } as const;

export interface AttachOpts {
  /** Whether there is something to write to the process; it must have been created with an `attachedStdin`. */
  readonly stdin?: boolean;
  /** Where its output begins: with what comes (the default), or with the first byte that it ever wrote. */
  readonly from?: 'now' | 'beginning';
}

export interface OutputChunk {
  /** On a terminal everything is stdout. */
  readonly stream: 'stdout' | 'stderr';
  /** As the process wrote them. */
  readonly bytes: Uint8Array;
}

/**
 * Any number of them at once, in any number of processes; a slow one holds up nobody but itself. Disposing one leaves
 * the process alone, except that its input ends where that is `once`.
 */
export interface Attachment extends AsyncDisposable {
  /**
   * In the order in which it was written, in batches whose bytes are valid until the next one is asked for. It can be
   * read once. It ends when the process has ended and all of its output was given, or when the attachment is disposed.
   */
  readonly output: AsyncIterable<readonly OutputChunk[]>;
  /**
   * Resolves when the bytes are on their way, so that awaiting it holds back whoever is faster than the process.
   *
   * @returns false when nobody will read them: the process has ended or closed its stdin, or the attachment has
   * ended
   * @throws FailedPreconditionError if it was attached without stdin
   */
  write(bytes: Uint8Array): Promise<boolean>;
  /** No more is written through this attachment: the end of the input, where that is `once`. */
  end(): Promise<void>;
}
