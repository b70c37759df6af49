/**
 * The socket that shims publish their events to. Its path is the same for all processes of ours that share a state folder,
 * for a shim keeps the one that it was started with: one of them serves it, and the others notice when it does not any more,
 * and take over. What a task's exit is comes from the shim itself; from here comes what cannot be asked for.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type Envelope, Events, TaskOOMSchema } from '@shiplog/containerd-api';
import { parseNamespace, parseTaskId } from '@shiplog/core';
import { type Folders, taskLayout } from '@shiplog/oci';
import { TtrpcClient, TtrpcServer } from '@shiplog/ttrpc';
import { eventsDraftOf, eventsPathOf } from './layout.js';

const connectLimit = 2000;

export class EventsEndpoint implements AsyncDisposable {
  readonly #folders: Folders;
  /** What shims are told. */
  readonly path: string;
  #server: TtrpcServer | undefined;
  #watch: TtrpcClient | undefined;
  #serving: Promise<void> | undefined;
  #isClosed = false;

  constructor(folders: Folders) {
    this.#folders = folders;
    this.path = eventsPathOf(folders.stateDir);
  }

  /** Resolves when somebody serves it: this process, or another one. */
  async serve(): Promise<void> {
    if (this.#isClosed) return;
    this.#serving ??= this.#ensure().finally(() => {
      this.#serving = undefined;
    });
    await this.#serving;
  }

  async #ensure(): Promise<void> {
    if (this.#watch && !this.#watch.isClosed) return;
    this.#watch = await this.#connected();
    if (!this.#watch) {
      await this.#takeOver();
      this.#watch = await this.#connected();
    }
    // Also our own: another process may have taken it for gone, and replaced it.
    void this.#watch?.closed.then(() => this.serve()).catch(() => undefined);
  }

  #connected(): Promise<TtrpcClient | undefined> {
    return TtrpcClient.connect(this.path, { timeoutMs: connectLimit }).catch(() => undefined);
  }

  async #takeOver(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    const server = new TtrpcServer().handle(Events, {
      forward: ({ envelope }) => {
        if (envelope) this.#take(envelope);
        return {};
      },
    });
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = eventsDraftOf(this.path, process.pid);
    rmSync(draft, { force: true });
    await server.listen(draft);
    renameSync(draft, this.path);
    this.#server = server.unref();
  }

  #take({ namespace, topic, event }: Envelope): void {
    if (topic !== '/tasks/oom' || !event) return;
    const oom = anyUnpack(event, TaskOOMSchema);
    if (!oom) return;
    const layout = taskLayout(this.#folders, parseNamespace(namespace), parseTaskId(oom.containerId));
    try {
      writeFileSync(layout.process.oomFile, '', { mode: 0o600 });
    } catch {
      // The task is gone, and what it suffered with it.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#watch?.[Symbol.dispose]();
    await this.#server?.[Symbol.asyncDispose]();
  }
}
