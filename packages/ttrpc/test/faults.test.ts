/** Peers that do what none should: an error that says so, no leak, no end to anything else. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maxDataLength } from '../src/frame.js';
import { statusCodes, TtrpcClient, TtrpcServer } from '../src/index.js';
import { Echo } from './echo.js';
import { Folder, parseRequest, parseResponse, parseText, RawPeer, request, response, text } from './peers.js';

let open: AsyncDisposableStack;
let folder: Folder;

beforeEach(() => {
  open = new AsyncDisposableStack();
  folder = open.use(new Folder());
});
afterEach(() => open.disposeAsync());

describe('a server', () => {
  let server: TtrpcServer;
  let peer: RawPeer;

  beforeEach(async () => {
    server = open.use(new TtrpcServer({ maxCalls: 3 }));
    server.handle(Echo, {
      say: ({ value }, { signal }) =>
        value === 'hang'
          ? new Promise((_, reject) => signal.addEventListener('abort', reject, { once: true }))
          : { value: `${value}!` },
      join: async (requests) => {
        let all = '';
        for await (const { value } of requests) all += value;
        return { value: all };
      },
    });
    await server.listen(folder.socket);
    peer = open.use(await RawPeer.connect(folder.socket));
  });

  const statusOf = async (from = peer) => {
    const frame = await from.next();
    return { streamId: frame.streamId, ...parseResponse(frame).status };
  };

  test.each([
    ['an even stream', 2],
    ['stream 0', 0],
  ])('refuses %s', async (_, streamId) => {
    peer.send({ streamId, data: request('Say') });
    expect(await statusOf()).toMatchObject({ streamId, code: statusCodes.invalidArgument });
  });

  test('refuses a stream that was used before, and a lower one', async () => {
    peer.send({ streamId: 5, data: request('Say', 'a') });
    expect(parseText(parseResponse(await peer.next()).payload)).toBe('a!');
    for (const streamId of [5, 3]) {
      peer.send({ streamId, data: request('Say') });
      expect(await statusOf()).toMatchObject({ streamId, code: statusCodes.invalidArgument });
    }
    peer.send({ streamId: 7, data: request('Say', 'b') });
    expect(parseText(parseResponse(await peer.next()).payload)).toBe('b!');
  });

  test('answers what is no request, and what is no message of the method', async () => {
    peer.send({ streamId: 1, data: Buffer.from([0xff, 0xff]) });
    expect(await statusOf()).toMatchObject({ streamId: 1, code: statusCodes.invalidArgument });
    peer.send({ streamId: 3, data: request('Say', '', { payload: Buffer.from([0x0a, 0x7f]) }) });
    expect(await statusOf()).toMatchObject({ streamId: 3, code: statusCodes.invalidArgument });
  });

  test('passes over what is too long, answers that, and goes on', async () => {
    peer.announce(maxDataLength + 1, { streamId: 1 });
    expect(await statusOf()).toMatchObject({ streamId: 1, code: statusCodes.resourceExhausted });
    peer.socket.write(Buffer.alloc(maxDataLength + 1));
    peer.send({ streamId: 3, data: request('Say', 'on') });
    expect(parseText(parseResponse(await peer.next()).payload)).toBe('on!');
  });

  test('refuses data of a stream that is not there, and of a call that takes none', async () => {
    peer.send({ streamId: 9, type: 3, data: text('x') });
    expect(await statusOf()).toMatchObject({ streamId: 9, code: statusCodes.invalidArgument });
    peer.send({ streamId: 11, data: request('Say', 'hang') });
    peer.send({ streamId: 11, type: 3, data: text('x') });
    expect(await statusOf()).toMatchObject({ streamId: 11, code: statusCodes.invalidArgument });
  });

  test('passes over types that it does not know', async () => {
    peer.send({ streamId: 1, type: 77, data: text('x') });
    peer.send({ streamId: 1, data: request('Say', 'on') });
    expect(parseText(parseResponse(await peer.next()).payload)).toBe('on!');
  });

  test('refuses more calls at once than it may have', async () => {
    for (const streamId of [1, 3, 5]) peer.send({ streamId, data: request('Say', 'hang') });
    peer.send({ streamId: 7, data: request('Say', 'more') });
    expect(await statusOf()).toMatchObject({ streamId: 7, code: statusCodes.resourceExhausted });
  });

  test('ends a call at its deadline, and says so once', async () => {
    peer.send({ streamId: 1, data: request('Say', 'hang', { timeoutNano: 5_000_000n }) });
    expect(await statusOf()).toMatchObject({ streamId: 1, code: statusCodes.deadlineExceeded });
    peer.send({ streamId: 3, data: request('Say', 'on') });
    expect((await peer.next()).streamId).toBe(3);
  });

  test('reads no more from a peer that does not read', async () => {
    peer.socket.pause();
    const value = 'x'.repeat(3 << 20);
    const ids = Array.from({ length: 12 }, (_, index) => 2 * index + 1);
    for (const streamId of ids) peer.send({ streamId, data: request('Say', value) });
    const other = open.use(await RawPeer.connect(folder.socket));
    other.send({ streamId: 1, data: request('Say', 'others go on') });
    expect(parseText(parseResponse(await other.next()).payload)).toBe('others go on!');
    expect(peer.socket.writableLength).toBeGreaterThan(0);
    peer.socket.resume();
    for (const id of ids) expect((await peer.next()).streamId).toBe(id);
  });

  test('survives any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), async (chunks) => {
        using wild = await RawPeer.connect(folder.socket);
        for (const chunk of chunks) wild.socket.write(chunk);
        wild.socket.end();
      }),
      { numRuns: 50 },
    );
    peer.send({ streamId: 1, data: request('Say', 'on') });
    expect(parseText(parseResponse(await peer.next()).payload)).toBe('on!');
  });
});

describe('a client', () => {
  let client: TtrpcClient;
  let peer: RawPeer;

  beforeEach(async () => {
    const listening = open.use(await RawPeer.accept(folder.socket));
    client = open.use(await TtrpcClient.connect(folder.socket));
    peer = open.use(await listening.next());
  });

  const answer = async (value: string): Promise<void> => {
    const { streamId } = await peer.next();
    peer.send({ streamId, type: 2, data: response(value) });
  };

  test('counts its streams 1, 3, 5, and tells the deadline in nanoseconds', async () => {
    const echo = client.service(Echo);
    const calls = [echo.say({ value: 'a' }), echo.say({ value: 'b' }, { timeoutMs: 60_000 })];
    const frames = [await peer.next(), await peer.next()];
    expect(frames.map(({ streamId, type, flags }) => [streamId, type, flags])).toEqual([
      [1, 1, 0],
      [3, 1, 0],
    ]);
    expect(frames.map((frame) => parseRequest(frame).timeoutNano)).toEqual([0n, 60_000_000_000n]);
    for (const { streamId } of frames) peer.send({ streamId, type: 2, data: response(`${streamId}`) });
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual(['1', '3']);
  });

  test('passes over an answer that comes too late', async () => {
    const controller = new AbortController();
    const call = client.service(Echo).say({}, { signal: controller.signal });
    const { streamId } = await peer.next();
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: statusCodes.canceled });
    peer.send({ streamId, type: 2, data: response('late') });
    const next = client.service(Echo).say({});
    await answer('next');
    expect(await next).toMatchObject({ value: 'next' });
  });

  test('fails the call alone whose answer is too long, is no response, or no message', async () => {
    const echo = client.service(Echo);
    const outcomes = [echo.say({}), echo.say({}), echo.say({}), echo.say({})].map((call) =>
      call.then(
        ({ value }) => value,
        ({ code }) => code,
      ),
    );
    peer.announce(maxDataLength + 1, { streamId: 1, type: 2 });
    peer.socket.write(Buffer.alloc(maxDataLength + 1));
    peer.send({ streamId: 3, type: 2, data: Buffer.from([0xff]) });
    peer.send({ streamId: 5, type: 2, data: Buffer.from([0x12, 0x02, 0x0a, 0x7f]) });
    peer.send({ streamId: 7, type: 2, data: response('on') });
    const { resourceExhausted, internal } = statusCodes;
    expect(await Promise.all(outcomes)).toEqual([resourceExhausted, internal, internal, 'on']);
  });

  test.each([
    ['a stream that it never began', { streamId: 99, type: 2 }],
    ['an even stream', { streamId: 2, type: 2 }],
  ])('closes on an answer of %s: whoever sent it speaks something else', async (_, frame) => {
    const call = client.service(Echo).say({});
    peer.send({ ...frame, data: response('?') });
    await expect(call).rejects.toThrow('does not speak ttrpc');
    await client.closed;
  });

  test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\x15\x03\x01\x00\x02\x02\x46and more of it'])(
    'is not held up by %j',
    async (words) => {
      const call = client.service(Echo).say({});
      peer.socket.write(words);
      await expect(call).rejects.toThrow('does not speak ttrpc');
    },
  );

  test('a peer that hangs up fails every call, also in the middle of a frame', async () => {
    const calls = [client.service(Echo).say({}), client.service(Echo).say({})].map((call) => call.catch(String));
    peer.announce(100, { streamId: 1, type: 2 });
    peer.socket.end('only a part');
    for (const outcome of await Promise.all(calls)) expect(outcome).toContain('in the middle of a frame');
  });

  test('a peer that never answers is left at the deadline', async () => {
    const call = client.service(Echo).say({}, { timeoutMs: 15 });
    await expect(call).rejects.toMatchObject({ code: statusCodes.deadlineExceeded });
  });

  test('reads no more than it is asked for: a stream that nobody reads fills no memory', async () => {
    const messages = client.service(Echo).repeat({})[Symbol.asyncIterator]();
    const { streamId } = await peer.next();
    const data = text('x'.repeat(1 << 20));
    const [sent, more] = [64, 8];
    for (let i = 0; i < sent; i++) peer.send({ streamId, type: 3, data });
    // What was taken in is bounded; the rest waits at the peer.
    for (let i = 0; i < more; i++) expect((await messages.next()).done).toBe(false);
    expect(peer.socket.writableLength).toBeGreaterThan(((sent - more) / 2) << 20);
    await messages.return?.();
  });

  test('survives any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), async (chunks) => {
        using here = new Folder();
        using listening = await RawPeer.accept(here.socket);
        using wild = await TtrpcClient.connect(here.socket);
        using at = await listening.next();
        const call = wild
          .service(Echo)
          .say({})
          .catch((error: Error) => error);
        for (const chunk of chunks) at.socket.write(chunk);
        at.socket.end();
        await call;
        await wild.closed;
      }),
      { numRuns: 50 },
    );
  });
});
