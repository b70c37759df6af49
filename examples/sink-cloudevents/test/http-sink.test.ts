import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sampleRecords } from '@shiplog/conformance/rules';
import { toCloudEvent as exported } from '@shiplog/export';
import { expect, it, onTestFinished } from 'vitest';
import { toCloudEvent } from '../src/cloud-event.ts';
import { HttpSink } from '../src/http-sink.ts';
import { plugin } from '../src/index.ts';

const origin = '5f0c2f4e-6d0b-4a57-9d3b-0c1f5a7c9e21';

/** Answers with these codes in turn, the last one for ever. */
async function endpoint(...statuses: readonly number[]) {
  const asked: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const status = statuses[Math.min(asked.length, statuses.length - 1)] ?? 200;
    asked.push({ headers: request.headers, body });
    response.writeHead(status).end('the secret of the endpoint');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const sink = new HttpSink({ url: `http://127.0.0.1:${port}/x`, timeout: 5_000, firstPause: 1, token: () => 'hush' });
  const deliver = () => sink.deliver(sampleRecords(2), { origin, signal: new AbortController().signal });
  return { asked, deliver };
}

it('posts a batch of CloudEvents, with the token', async () => {
  const { asked, deliver } = await endpoint(202);
  await deliver();
  expect(asked).toHaveLength(1);
  expect(asked[0]?.headers).toMatchObject({
    'content-type': 'application/cloudevents-batch+json; charset=utf-8',
    authorization: 'Bearer hush',
  });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual(sampleRecords(2).map((record) => toCloudEvent(record, origin)));
});

it('tries again what passes, and the same events come again', async () => {
  const { asked, deliver } = await endpoint(503, 429, 200);
  await deliver();
  expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
  expect(asked).toHaveLength(3);
});

it('gives up after some tries, and at once where trying does not help; without a word of the endpoint', async () => {
  const down = await endpoint(500);
  await expect(down.deliver()).rejects.toThrow(/^the endpoint answered 500$/);
  expect(down.asked).toHaveLength(4);
  const wrong = await endpoint(401);
  await expect(wrong.deliver()).rejects.toThrow(/^the endpoint answered 401$/);
  expect(wrong.asked).toHaveLength(1);
});

it('is an event as CloudEvents has it: one ID in the world, the order of the log as text', () => {
  const [record] = sampleRecords(1, 7);
  expect(record && toCloudEvent(record, origin)).toMatchObject({
    ...{ specversion: '1.0', id: `${origin}/7`, source: `urn:uuid:${origin}` },
    ...{ type: 'dev.shiplog.tasks.exit', subject: 'default/web', sequence: '0000000000000007' },
  });
});

it('is the event that `shiplog audit export` writes, so that a broker knows it as one', () => {
  for (const record of sampleRecords(3)) expect(toCloudEvent(record, origin)).toEqual(exported(record, { origin }));
});

it.each([
  [{}, 'url'],
  [{ url: 'ftp://x' }, 'url'],
  [{ url: 'https://x', timeout: 0 }, 'timeout'],
  [{ url: 'https://x', tokenFile: 'token' }, 'tokenFile'],
])('refuses the configuration %j', async (config, key) => {
  const result = await plugin.config?.['~standard'].validate(config);
  expect(result?.issues?.map(({ path }) => path?.map((step) => (typeof step === 'object' ? step.key : step)))).toEqual([
    [key],
  ]);
});
