/** An endpoint of its own on the other end, for `shiplog conformance` and for the tests. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudEvent } from './cloud-event.ts';
import { HttpSink } from './http-sink.ts';

export async function conformance() {
  const events = new Map<string, CloudEvent>();
  let isFailing = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (isFailing) return response.writeHead(503).end();
      const batch = JSON.parse(Buffer.concat(chunks).toString()) as CloudEvent[];
      for (const event of batch) events.set(event.id, event);
      return response.writeHead(202).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    sink: new HttpSink({ url: `http://127.0.0.1:${port}/`, timeout: 5_000, firstPause: 10 }),
    received: async () => [...events.values()].map(({ sequence }) => Number(sequence)),
    fail: async () => {
      isFailing = true;
    },
    mend: async () => {
      isFailing = false;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
