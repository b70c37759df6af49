import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { Events, eventAny, TaskOOMSchema, TaskStartSchema } from '@shiplog/containerd-api';
import { parseNamespace, parseTaskId } from '@shiplog/core';
import { taskLayout } from '@shiplog/oci';
import { TtrpcClient } from '@shiplog/ttrpc';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EventsEndpoint } from '../src/events-endpoint.js';
import { excessOf } from '../src/layout.js';

let folders: { readonly stateDir: string; readonly rootDir: string };
let open: AsyncDisposableStack;
const oomFile = () => taskLayout(folders, parseNamespace('default'), parseTaskId('web')).process.oomFile;

beforeEach(() => {
  open = new AsyncDisposableStack();
  const base = mkdtempSync(join(tmpdir(), 'events-'));
  open.defer(() => rmSync(base, { recursive: true }));
  folders = { stateDir: join(base, 's'), rootDir: join(base, 'r') };
  mkdirSync(join(oomFile(), '..'), { recursive: true });
});
afterEach(() => open.disposeAsync());

const endpoint = () => open.use(new EventsEndpoint(folders));

/** As a shim does it. */
async function publish(path: string, topic: string, containerId: string): Promise<void> {
  using client = await TtrpcClient.connect(path);
  const schema = topic === '/tasks/oom' ? TaskOOMSchema : TaskStartSchema;
  const event = eventAny(schema, { containerId });
  expect(event.typeUrl).toBe(`containerd.events.${topic === '/tasks/oom' ? 'TaskOOM' : 'TaskStart'}`);
  await client.service(Events).forward({ envelope: { timestamp: timestampNow(), namespace: 'default', topic, event } });
}

describe('the endpoint for events', () => {
  test('notes that the kernel killed for want of memory, and takes everything else', async () => {
    const events = endpoint();
    await events.serve();
    await publish(events.path, '/tasks/start', 'web');
    expect(existsSync(oomFile())).toBe(false);
    await publish(events.path, '/tasks/oom', 'web');
    expect(existsSync(oomFile())).toBe(true);
    await publish(events.path, '/tasks/oom', 'gone');
  });

  test('is one for all, and taken over when who serves it is gone', async () => {
    const [one, other] = [endpoint(), endpoint()];
    await one.serve();
    await other.serve();
    await one[Symbol.asyncDispose]();
    await vi.waitFor(() => publish(other.path, '/tasks/oom', 'web'));
    expect(existsSync(oomFile())).toBe(true);
  });

  test('serves no more once it is disposed of', async () => {
    const events = endpoint();
    await events.serve();
    await events[Symbol.asyncDispose]();
    await events.serve();
    await expect(publish(events.path, '/tasks/oom', 'web')).rejects.toThrow();
  });

  test('is served below the longest path that the plugin takes', async () => {
    const base = dirname(folders.stateDir);
    const stateDir = join(base, 'l'.repeat(1 - excessOf(join(base, 'l'))));
    expect(excessOf(stateDir)).toBe(0);
    const events = open.use(new EventsEndpoint({ ...folders, stateDir }));
    await events.serve();
    await publish(events.path, '/tasks/start', 'web');
  });

  test('is not for others', async () => {
    const events = endpoint();
    await events.serve();
    await expect(publish(events.path, '/tasks/oom', '../web')).rejects.toThrow();
    expect(existsSync(oomFile())).toBe(false);
  });
});
