/** Against the Go implementation: containerd's own shim for runc is the server. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TaskV2, TaskV3 } from '@shiplog/containerd-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { statusCodes, TtrpcClient, TtrpcClosedError } from '../src/index.js';
import { Folder } from './peers.js';

const shim = 'containerd-shim-runc-v2';

function findShim(): string | undefined {
  try {
    return execFileSync('which', [shim], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const path = findShim();
const why = process.getuid?.() !== 0 ? 'it needs root' : path === undefined ? `${shim} is not there` : undefined;

let open: AsyncDisposableStack;
let client: TtrpcClient;
// The address of a shim is made of its namespace and ID.
const namespace = `ttrpc-test-${process.pid}`;
const metadata = { 'containerd-namespace-ttrpc': namespace };

beforeEach(async (context) => {
  if (why !== undefined) return context.skip(why);
  open = new AsyncDisposableStack();
  const folder = open.use(new Folder());
  const bundle = join(folder.path, 'bundle');
  mkdirSync(bundle);
  writeFileSync(join(bundle, 'config.json'), '{}');
  const flags = ['-namespace', namespace, '-address', '/nowhere', '-publish-binary', '/bin/true', '-id', 'go-peer'];
  writeFileSync(join(bundle, 'log'), '');
  const printed = execFileSync(path ?? '', [...flags, 'start'], {
    cwd: bundle,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TTRPC_ADDRESS: '/nowhere' },
    timeout: 10_000,
  });
  const address = printed.startsWith('{') ? (JSON.parse(printed) as { address: string }).address : printed;
  client = open.use(await TtrpcClient.connect(address.trim().replace(/^unix:\/\//, '')));
  open.defer(async () => {
    await client
      .service(TaskV2)
      .shutdown({ id: 'go-peer', now: true }, { metadata, timeoutMs: 5000 })
      .catch(() => {});
  });
});

afterEach(() => open?.disposeAsync());

describe('the shim for runc', () => {
  test('answers, and its errors have their codes', async () => {
    const task = client.service(TaskV2);
    const { shimPid } = await task.connect({ id: 'go-peer' }, { metadata });
    expect(shimPid).toBeGreaterThan(1);
    const state = task.state({ id: 'go-peer' }, { metadata });
    await expect(state).rejects.toMatchObject({ code: statusCodes.notFound });
    const many = Array.from({ length: 200 }, () => task.state({ id: 'go-peer' }, { metadata }).catch((e) => e.code));
    expect(new Set(await Promise.all(many))).toEqual(new Set([statusCodes.notFound]));
  });

  test('has one version of the Task API at least, and says so where it has not the other', async () => {
    const outcomes = await Promise.all(
      [TaskV2, TaskV3].map((service) =>
        client
          .service(service)
          .connect({ id: 'go-peer' }, { metadata })
          .then(
            () => 'served',
            (error) => error.code,
          ),
      ),
    );
    expect(outcomes).toContain('served');
    for (const outcome of outcomes) expect(['served', statusCodes.unimplemented]).toContain(outcome);
  });

  test('refuses a request of more than 4 MiB before it is sent, and one just below is sent', async () => {
    const task = client.service(TaskV2);
    const call = task.state({ id: 'x'.repeat(4 << 20) }, { metadata });
    await expect(call).rejects.toMatchObject({ code: statusCodes.resourceExhausted });
    const large = task.state({ id: 'x'.repeat((4 << 20) - 1000) }, { metadata });
    await expect(large).rejects.toMatchObject({ code: statusCodes.notFound });
  });

  test('ends, and every call with it', async () => {
    const task = client.service(TaskV2);
    await task.shutdown({ id: 'go-peer', now: true }, { metadata }).catch(() => {});
    await client.closed;
    await expect(task.connect({ id: 'go-peer' }, { metadata })).rejects.toThrow(TtrpcClosedError);
  });
});
