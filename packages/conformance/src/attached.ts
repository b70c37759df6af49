import type { Attachment, AttachOpts, Process } from '@shiplog/core/plugin';

/** An attachment, and what came through it so far. */
export class Attached implements AsyncDisposable {
  readonly attachment: Attachment;
  readonly #chunks: Buffer[] = [];
  readonly #read: Promise<void>;
  #arrival = Promise.withResolvers<void>();

  private constructor(attachment: Attachment) {
    this.attachment = attachment;
    this.#read = this.#readAll();
  }

  static async to(process: Process, opts?: AttachOpts): Promise<Attached> {
    return new Attached(await process.attach(opts));
  }

  async #readAll(): Promise<void> {
    for await (const batch of this.attachment.output) {
      // Valid until the next batch only.
      for (const { bytes } of batch) this.#chunks.push(Buffer.from(bytes));
      this.#arrival.resolve();
      this.#arrival = Promise.withResolvers();
    }
  }

  type(text: string): Promise<boolean> {
    return this.attachment.write(Buffer.from(text));
  }

  /** Resolves when the text has come. */
  async has(text: string): Promise<void> {
    for (;;) {
      const arrival = this.#arrival.promise;
      if (Buffer.concat(this.#chunks).includes(text)) return;
      const more = await Promise.race([arrival.then(() => true), this.#read.then(() => false)]);
      if (!more && !Buffer.concat(this.#chunks).includes(text)) throw new Error(`the output ended without ${text}`);
    }
  }

  /** All of it, once it has ended. */
  async all(): Promise<Buffer> {
    await this.#read;
    return Buffer.concat(this.#chunks);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.attachment[Symbol.asyncDispose]();
  }
}
