import { createServer, type Server, type Socket } from 'node:net';
import type { DescService } from '@bufbuild/protobuf';
import { ServerConnection } from './server-connection.js';
import type { Registered, TtrpcServerOptions } from './server-options.js';
import type { ServiceHandlers } from './service.js';

export class TtrpcServer implements AsyncDisposable {
  readonly #options: Required<TtrpcServerOptions>;
  /** By the name of the service, and that of the method. */
  readonly #services = new Map<string, Map<string, Registered>>();
  readonly #connections = new Set<ServerConnection>();
  #server: Server | undefined;

  constructor({ maxCalls = 10_000, onError = () => undefined }: TtrpcServerOptions = {}) {
    this.#options = { maxCalls, onError };
  }

  /** Answers the calls of a service, also on connections that are there already. */
  handle<S extends DescService>(service: S, handlers: ServiceHandlers<S>): this {
    const methods = new Map<string, Registered>();
    for (const [name, method] of Object.entries(service.method)) {
      const handler: unknown = Reflect.get(handlers, name);
      if (typeof handler === 'function') methods.set(method.name, { method, handler: handler.bind(handlers) });
    }
    this.#services.set(service.typeName, methods);
    return this;
  }

  /**
   * Listens on a unix socket that only our own user may connect to. It is removed with the disposal.
   *
   * @throws Error of the system where it cannot: EADDRINUSE if there is something at the path
   */
  async listen(path: string): Promise<void> {
    const server = createServer((socket) => this.accept(socket));
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      });
    } finally {
      process.umask(mask);
    }
    this.#server = server;
  }

  /** Serves a connection that somebody else has accepted. */
  accept(socket: Socket): void {
    const connection = new ServerConnection(socket, this.#services, this.#options);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** Whether it listens keeps this process alive no more. */
  unref(): this {
    this.#server?.unref();
    return this;
  }

  /** Ends the listening and every connection; the signals of all handlers fire. Disposing twice is harmless. */
  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise((resolve) => server.close(resolve));
    for (const connection of this.#connections) connection[Symbol.dispose]();
    await closed;
  }
}
