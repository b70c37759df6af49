import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnavailableError } from '@shiplog/core/plugin';

export interface MetricsServer extends AsyncDisposable {
  readonly port: number;
}

export interface Page {
  readonly type: string;
  readonly text: string;
}

/** @throws UnavailableError if the port is taken */
export async function startMetricsServer(
  page: () => Promise<Page>,
  address: string,
  port: number,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('figures are at /metrics\n');
      return;
    }
    page().then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new UnavailableError(`cannot serve metrics at ${address}:${port}: configure another port`, { cause });
  }
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
