import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SeqpacketServer, type SeqpacketSocket } from 'node-unix-socket';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AttachSocket } from '../src/attach-socket.js';

let folder: string;
let server: SeqpacketServer;
/** As the server has it, and what it was sent. */
let accepted: Promise<SeqpacketSocket>;
let received: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-attach-'));
  received = '';
  server = new SeqpacketServer();
  server.listen(join(folder, 'attach'));
  accepted = new Promise((resolve) => {
    server.on('connection', (socket: SeqpacketSocket) => {
      socket.on('data', (bytes: Buffer) => {
        received += bytes;
      });
      resolve(socket);
    });
  });
});

afterEach(async () => {
  server.close();
  (await accepted).destroy();
  rmSync(folder, { recursive: true, force: true });
});

describe('AttachSocket', () => {
  it('sends what is written, and the end behind it', async () => {
    using socket = await AttachSocket.connect(join(folder, 'attach'));
    const ended = new Promise((resolve) => void accepted.then((other) => other.once('end', resolve)));
    await socket.write(Buffer.from('one '));
    await socket.write(Buffer.from('two'));
    await socket.end();
    await ended;
    expect(received).toBe('one two');
    expect(await socket.write(Buffer.from('three'))).toBe(false);
  });

  it('a write that nobody takes any more comes to its end', async () => {
    using socket = await AttachSocket.connect(join(folder, 'attach'));
    (await accepted).destroy();
    while (await socket.write(Buffer.alloc(8192)));
    await socket.end();
  });

  it('keeps nothing of what was written', async () => {
    using socket = await AttachSocket.connect(join(folder, 'attach'));
    const key = Buffer.from('k');
    for (let warm = 0; warm < 5_000; warm += 1) await socket.write(key);
    const before = heapUsed();
    for (let typed = 0; typed < 50_000; typed += 1) await socket.write(key);
    // 300 bytes of each would be 15 MB.
    expect(heapUsed() - before).toBeLessThan(5_000_000);
  });
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
