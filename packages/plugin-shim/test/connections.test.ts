import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TaskV2, TaskV3 } from '@shiplog/containerd-api';
import { statusCodes, TtrpcClosedError, TtrpcError, TtrpcServer } from '@shiplog/ttrpc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connections } from '../src/connections.js';

const services = { 2: TaskV2, 3: TaskV3 as unknown as typeof TaskV2 } as const;

let open: AsyncDisposableStack;
let path: string;
let connections: Connections;

beforeEach(() => {
  open = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'connections-'));
  open.defer(() => rmSync(folder, { recursive: true }));
  path = join(folder, 'sock');
  connections = open.use(new Connections());
});
afterEach(() => open.disposeAsync());

const fail = (code: number) => () => {
  throw new TtrpcError('no', { code });
};

async function serve(
  versions: readonly (2 | 3)[],
  connect: () => object = () => ({ shimPid: 7 }),
): Promise<TtrpcServer> {
  const server = open.use(new TtrpcServer());
  for (const version of versions) server.handle(services[version], { connect });
  await server.listen(path);
  return server;
}

describe('the version of the Task API', () => {
  test.each([
    ['the newest where a server says none', [2, 3], undefined, 3],
    ['the older one where the newest is not served', [2], undefined, 2],
    ['the one that it says', [2, 3], 2, 2],
    ['another one where what it says is not so', [2], 3, 2],
    ['another one where what it says is not so', [3], 2, 3],
  ] as const)('is %s: %j, %s', async (_what, served, saying, version) => {
    await serve(served);
    expect(await connections.negotiate(path, saying, 'web', {})).toEqual({ version, pid: 7 });
  });

  test('is known where the server does not know the task yet', async () => {
    await serve([2], fail(statusCodes.notFound));
    expect(await connections.negotiate(path, undefined, 'web', {})).toEqual({ version: 2, pid: 0 });
  });

  test('is none where a server has no Task API, or another fault', async () => {
    await serve([]);
    await expect(connections.negotiate(path, undefined, 'web', {})).rejects.toMatchObject({
      code: statusCodes.unimplemented,
    });
    const other = join(path, '..', 'other');
    await open
      .use(new TtrpcServer())
      .handle(TaskV2, { connect: fail(statusCodes.internal) })
      .listen(other);
    await expect(connections.negotiate(other, 2, 'web', {})).rejects.toMatchObject({ code: statusCodes.internal });
  });
});

describe('a connection', () => {
  test('is one for all, and made anew when it was lost', async () => {
    const server = await serve([2]);
    const [one, other] = await Promise.all([connections.client(path), connections.client(path)]);
    expect(one).toBe(other);
    await server[Symbol.asyncDispose]();
    await one.closed;
    await expect(connections.client(path)).rejects.toThrow(TtrpcClosedError);
    await serve([2]);
    const again = await connections.client(path);
    expect(again).not.toBe(one);
    expect(again.isClosed).toBe(false);
  });
});
