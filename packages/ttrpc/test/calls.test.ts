/** Client and server together. */
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { StringValue } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type HandlerContext,
  statusCodes,
  TtrpcClient,
  TtrpcClosedError,
  TtrpcError,
  TtrpcServer,
} from '../src/index.js';
import { Echo } from './echo.js';
import { Folder } from './peers.js';

let open: AsyncDisposableStack;
let client: TtrpcClient;
let server: TtrpcServer;
let seen: HandlerContext | undefined;
const thrown: unknown[] = [];

async function* words(...all: string[]): AsyncGenerator<{ value: string }> {
  for (const value of all) yield { value };
}

async function collect(messages: AsyncIterable<StringValue>): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of messages) values.push(value);
  return values;
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

beforeEach(async () => {
  open = new AsyncDisposableStack();
  const folder = open.use(new Folder());
  server = open.use(new TtrpcServer({ onError: (error) => thrown.push(error) }));
  server.handle(Echo, {
    async say({ value }, context) {
      seen = context;
      if (value === 'fail') throw new TtrpcError('no such thing', { code: statusCodes.notFound });
      if (value === 'bug') throw new Error('a bug');
      if (value === 'hang') await until(context.signal);
      return { value: `${value}!` };
    },
    async *repeat({ value }) {
      if (value === 'fail') {
        yield { value: 'first' };
        throw new TtrpcError('enough', { code: statusCodes.aborted });
      }
      for (let i = 0; i < 3; i++) yield { value: i === 1 ? '' : `${value}${i}` };
    },
    async join(requests) {
      return { value: (await collect(requests)).join('+') };
    },
    async *chat(requests) {
      for await (const { value } of requests) yield { value: value.toUpperCase() };
    },
  });
  await server.listen(folder.socket);
  client = open.use(await TtrpcClient.connect(folder.socket));
});

afterEach(async () => {
  await open.disposeAsync();
  thrown.length = 0;
});

describe('unary calls', () => {
  test('a request is answered', async () => {
    expect(await client.service(Echo).say({ value: 'hello' })).toMatchObject({ value: 'hello!' });
  });

  test('many at once keep their answers apart', async () => {
    const values = Array.from({ length: 500 }, (_, i) => String(i));
    const answers = await Promise.all(values.map((value) => client.service(Echo).say({ value })));
    expect(answers.map(({ value }) => value)).toEqual(values.map((value) => `${value}!`));
  });

  test('metadata arrives, also a key that comes twice', async () => {
    const metadata = { 'containerd-namespace-ttrpc': 'k8s.io', list: ['a', 'b'] };
    await client.service(Echo).say({ value: '' }, { metadata });
    expect(seen?.metadata).toEqual(metadata);
  });

  test('an error has its code and its words', async () => {
    const call = client.service(Echo).say({ value: 'fail' });
    await expect(call).rejects.toMatchObject({
      name: 'TtrpcError',
      code: statusCodes.notFound,
      message: 'no such thing',
    });
  });

  test('what a handler throws by mistake is unknown, and told to its owner', async () => {
    await expect(client.service(Echo).say({ value: 'bug' })).rejects.toMatchObject({ code: statusCodes.unknown });
    expect(thrown).toMatchObject([{ message: 'a bug' }]);
  });

  test('a method or a service that is not there is unimplemented', async () => {
    await expect(client.service(Echo).missing({})).rejects.toMatchObject({ code: statusCodes.unimplemented });
    const other = { ...Echo, typeName: 'test.Other' };
    const method = { ...Echo.method.say, parent: other };
    const call = client.service({ ...Echo, method: { ...Echo.method, say: method } }).say({});
    await expect(call).rejects.toMatchObject({ code: statusCodes.unimplemented });
  });

  test('a request or an answer beyond 4 MiB is refused, and the connection lives on', async () => {
    const large = { value: 'x'.repeat(4 << 20) };
    await expect(client.service(Echo).say(large)).rejects.toMatchObject({ code: statusCodes.resourceExhausted });
    // With its one mark more, the answer does not fit although the request does.
    const value = 'x'.repeat((4 << 20) - 40);
    expect((await client.service(Echo).say({ value })).value).toHaveLength(value.length + 1);
    const full = 'x'.repeat((4 << 20) - 24);
    const outcome = client.service(Echo).say({ value: full });
    await expect(outcome.then(() => 'answered')).rejects.toMatchObject({ code: statusCodes.resourceExhausted });
    expect(await client.service(Echo).say({ value: 'on' })).toMatchObject({ value: 'on!' });
  });
});

describe('giving up', () => {
  test('a signal ends the call, and nobody listens to it any more', async () => {
    const controller = new AbortController();
    const call = client.service(Echo).say({ value: 'hang' }, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: statusCodes.canceled });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(await client.service(Echo).say({ value: 'on' })).toMatchObject({ value: 'on!' });
  });

  test('a signal that has fired keeps a call from being sent', async () => {
    seen = undefined;
    const call = client.service(Echo).say({ value: 'never' }, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: statusCodes.canceled });
    await client.service(Echo).say({ value: '' });
    expect(thrown).toEqual([]);
  });

  test('a call that is answered leaves its signal alone', async () => {
    const { signal } = new AbortController();
    await client.service(Echo).say({ value: 'x' }, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('a deadline ends the call at both ends', async () => {
    const call = client.service(Echo).say({ value: 'hang' }, { timeoutMs: 20 });
    await expect(call).rejects.toMatchObject({ code: statusCodes.deadlineExceeded });
    if (seen && !seen.signal.aborted) await until(seen.signal);
  });

  test('the end of the client ends its calls, and the handlers hear of it', async () => {
    const call = client.service(Echo).say({ value: 'hang' });
    const outcome = expect(call).rejects.toThrow(TtrpcClosedError);
    while (seen?.signal.aborted !== false) await delay(1);
    client[Symbol.dispose]();
    await outcome;
    await until(seen.signal);
    await expect(client.service(Echo).say({})).rejects.toThrow(TtrpcClosedError);
  });

  test('the end of the server ends the calls', async () => {
    const call = client.service(Echo).say({ value: 'hang' });
    const outcome = expect(call).rejects.toMatchObject({ name: 'TtrpcClosedError', code: statusCodes.unavailable });
    await server[Symbol.asyncDispose]();
    await outcome;
    await client.closed;
  });

  test('nobody at the path is told as such', async () => {
    await expect(TtrpcClient.connect('/nowhere/sock')).rejects.toThrow(TtrpcClosedError);
  });
});

describe('streams', () => {
  test('from the server: every message, empty ones too, then the end', async () => {
    expect(await collect(client.service(Echo).repeat({ value: 'a' }))).toEqual(['a0', '', 'a2']);
  });

  test('an error comes behind what came before it', async () => {
    const got: string[] = [];
    const read = async () => {
      for await (const { value } of client.service(Echo).repeat({ value: 'fail' })) got.push(value);
    };
    await expect(read()).rejects.toMatchObject({ code: statusCodes.aborted });
    expect(got).toEqual(['first']);
  });

  test('from the client: one answer', async () => {
    expect(await client.service(Echo).join(words('a', '', 'c'))).toMatchObject({ value: 'a++c' });
  });

  test('both ways: each message is answered as it comes', async () => {
    const next = Promise.withResolvers<void>();
    async function* talk(): AsyncGenerator<{ value: string }> {
      yield { value: 'one' };
      await next.promise;
      yield { value: 'two' };
    }
    const got: string[] = [];
    for await (const { value } of client.service(Echo).chat(talk())) {
      got.push(value);
      next.resolve();
    }
    expect(got).toEqual(['ONE', 'TWO']);
  });

  test('a reader that leaves gets no more, and others go on', async () => {
    for await (const { value } of client.service(Echo).repeat({ value: 'x' })) {
      expect(value).toBe('x0');
      break;
    }
    expect(await client.service(Echo).say({ value: 'on' })).toMatchObject({ value: 'on!' });
  });

  test('what fails at the client while it sends fails the call', async () => {
    async function* broken(): AsyncGenerator<{ value: string }> {
      yield { value: 'one' };
      throw new Error('no more');
    }
    await expect(client.service(Echo).join(broken())).rejects.toThrow('no more');
  });

  test('a slow reader of much holds back the sender, and misses nothing', async () => {
    const count = 40;
    async function* much(): AsyncGenerator<{ value: string }> {
      for (let i = 0; i < count; i++) yield { value: 'x'.repeat(200_000) };
    }
    let got = 0;
    for await (const { value } of client.service(Echo).chat(much())) {
      got += value.length;
      await delay(0);
    }
    expect(got).toBe(count * 200_000);
  });
});
