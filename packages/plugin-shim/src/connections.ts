/** Connections to shims: one for each, shared by all that this process asks of it, and made anew when it was lost. */
import { TaskV2, TaskV3 } from '@shiplog/containerd-api';
import { type CallOptions, type ServiceClient, statusCodes, TtrpcClient, TtrpcError } from '@shiplog/ttrpc';
import { socketPathOf } from './address.js';
import { newestTaskApi, type TaskApiVersion } from './bootstrap.js';

/** The two versions differ by their name alone. */
export type TaskApi = ServiceClient<typeof TaskV2>;

const services = { 2: TaskV2, 3: TaskV3 as unknown as typeof TaskV2 } as const;

/** Who answers at an address. */
export interface Server {
  readonly version: TaskApiVersion;
  /** As it says; 0 where it does not. */
  readonly pid: number;
}

/** Milliseconds: it is a unix socket. */
const connectLimit = 5000;

export class Connections implements Disposable {
  readonly #clients = new Map<string, Promise<TtrpcClient>>();

  /** @throws TtrpcClosedError if nobody listens there */
  async client(address: string): Promise<TtrpcClient> {
    const known = this.#clients.get(address);
    if (known && !(await known).isClosed) return known;
    const connecting = TtrpcClient.connect(socketPathOf(address), { timeoutMs: connectLimit });
    this.#clients.set(address, connecting);
    const forget = (): void => {
      if (this.#clients.get(address) === connecting) this.#clients.delete(address);
    };
    void connecting.then(({ closed }) => closed.then(forget), forget);
    return connecting;
  }

  /** @throws TtrpcClosedError if nobody listens there */
  async api(address: string, version: TaskApiVersion): Promise<TaskApi> {
    return (await this.client(address)).service(services[version]);
  }

  /**
   * Which version of the Task API a server has: the one that it says, or else the newest that it knows.
   *
   * @param id of a task that need not be there
   * @throws TtrpcError if it has none
   */
  async negotiate(
    address: string,
    said: TaskApiVersion | undefined,
    id: string,
    options: CallOptions,
  ): Promise<Server> {
    const first = said ?? newestTaskApi;
    const versions: readonly TaskApiVersion[] = first === 3 ? [3, 2] : [2, 3];
    let last: unknown;
    for (const version of versions) {
      try {
        const api = await this.api(address, version);
        const { shimPid: pid } = await api.connect({ id }, { timeoutMs: connectLimit, ...options });
        return { version, pid };
      } catch (error) {
        // Whatever else it says of a task that is not there yet, it knows the call.
        if (!(error instanceof TtrpcError)) throw error;
        if (error.code === statusCodes.notFound) return { version, pid: 0 };
        if (error.code !== statusCodes.unimplemented) throw error;
        last = error;
      }
    }
    throw last;
  }

  [Symbol.dispose](): void {
    for (const connecting of this.#clients.values()) {
      connecting.then(
        (client) => client[Symbol.dispose](),
        () => undefined,
      );
    }
    this.#clients.clear();
  }
}
