/**
 * A containerd shim: the process of an OCI spec in a chroot of its root file system, and nothing else of it. containerd
 * calls the program with flags and an action; `start` leaves a copy of it behind, which serves the Task API.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, type Timestamp, timestampNow } from '@bufbuild/protobuf/wkt';
import { DeleteResponseSchema, Events, TaskExitSchema, TaskV2, taskStatuses } from '@shiplog/containerd-api';
import { statusCodes, TtrpcClient, TtrpcError, TtrpcServer } from '@shiplog/ttrpc';

const words = process.argv.slice(2);
const flag = (name: string): string => words[words.indexOf(name) + 1] ?? '';
const [namespace, id] = [flag('-namespace'), flag('-id')];
const hash = createHash('sha256')
  .update([flag('-address'), namespace, id].join('\0'))
  .digest('hex')
  .slice(0, 16);
const socket = `/run/shim-chroot-${hash}.sock`;

async function start(): Promise<void> {
  rmSync(socket, { force: true });
  const args = ['--no-warnings', import.meta.filename, ...words.slice(0, -1), 'serve'];
  // containerd reads our output to its end: the one that stays must not have it.
  const server = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  await Promise.race([once(server, 'message'), once(server, 'exit').then(() => process.exit(1))]);
  process.stdout.write(`unix://${socket}`, () => process.exit(0));
}

/** What is left when the copy that served is gone: it is called in the bundle. */
function cleanUp(): void {
  if (existsSync('pid')) killGroup(Number(readFileSync('pid', 'utf8')), 9);
  rmSync(socket, { force: true });
  const response = create(DeleteResponseSchema, { exitStatus: 137, exitedAt: timestampNow() });
  process.stdout.write(toBinary(DeleteResponseSchema, response));
}

/** False for what has ended. */
function killGroup(pid: number, signal: number): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

interface Exit {
  readonly exitStatus: number;
  readonly exitedAt: Timestamp;
}

async function serve(): Promise<void> {
  const server = new TtrpcServer();
  const exited = Promise.withResolvers<Exit>();
  let child: ChildProcess | undefined;
  let io = { bundle: '', stdin: '', stdout: '', stderr: '', terminal: false };
  let status: number = taskStatuses.created;
  let exit: Exit | undefined;
  /** As long as it is open, the input has no end. */
  let input: FileHandle | undefined;
  const pid = (): number => child?.pid ?? 0;

  async function onExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    exit = { exitStatus: code ?? 128 + (signal ? constants.signals[signal] : 0), exitedAt: timestampNow() };
    status = taskStatuses.stopped;
    exited.resolve(exit);
    const event = anyPack(TaskExitSchema, create(TaskExitSchema, { containerId: id, id, pid: pid(), ...exit }));
    event.typeUrl = TaskExitSchema.typeName;
    using client = await TtrpcClient.connect((process.env.TTRPC_ADDRESS ?? '').replace(/^unix:\/\//, ''));
    const envelope = { timestamp: exit.exitedAt, namespace, topic: '/tasks/exit', event };
    await client.service(Events).forward({ envelope });
  }

  server.handle(TaskV2, {
    connect: () => ({ shimPid: process.pid, taskPid: pid(), version: '2' }),
    async create({ bundle, stdin, stdout, stderr, terminal }) {
      if (terminal) throw new TtrpcError('there are no terminals here', { code: statusCodes.unimplemented });
      io = { bundle, stdin, stdout, stderr, terminal };
      const spec = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
      const opened: FileHandle[] = [];
      // A fifo that is opened for both never waits; with that, neither does one end of it.
      const end = async (path: string, flags: string): Promise<number | 'ignore'> => {
        if (path === '') return 'ignore';
        const both = await open(path, 'r+');
        const one = await open(path, flags);
        opened.push(one);
        if (path === stdin) input = both;
        else opened.push(both);
        return one.fd;
      };
      const stdio = [await end(stdin, 'r'), await end(stdout, 'a'), await end(stderr, 'a'), 'pipe' as const];
      // It waits at its descriptor 3 for the start.
      const script = 'read -r go <&3 && exec /usr/sbin/chroot "$@" 3<&-';
      const args = ['-c', script, 'sh', resolve(bundle, spec.root.path), ...spec.process.args];
      const env = Object.fromEntries((spec.process.env ?? []).map((text: string) => text.split(/=(.*)/s, 2)));
      child = spawn('/bin/sh', args, { detached: true, stdio, env, cwd: bundle });
      child.once('exit', (code, signal) => void onExit(code, signal).catch(() => undefined));
      writeFileSync(`${bundle}/pid`, `${pid()}`);
      for (const file of opened) await file.close();
      return { pid: pid() };
    },
    start() {
      if (status !== taskStatuses.created)
        throw new TtrpcError('not created', { code: statusCodes.failedPrecondition });
      (child?.stdio[3] as Writable | undefined)?.end('\n');
      status = taskStatuses.running;
      return { pid: pid() };
    },
    state: () => ({ id, pid: pid(), status, ...io, ...exit }),
    wait: () => exited.promise,
    pids: () => ({ processes: exit ? [] : [{ pid: pid() }] }),
    async closeIO() {
      await input?.close();
      input = undefined;
      return {};
    },
    kill({ signal }) {
      if (!killGroup(pid(), signal)) throw new TtrpcError('it has ended', { code: statusCodes.notFound });
      return {};
    },
    delete() {
      if (status === taskStatuses.running) throw new TtrpcError('it runs', { code: statusCodes.failedPrecondition });
      return { pid: pid(), ...exit };
    },
    shutdown() {
      setImmediate(() => void server[Symbol.asyncDispose]().then(() => process.exit(0)));
      return {};
    },
  });
  await server.listen(socket);
  process.send?.('serving', () => process.disconnect());
}

const actions: Record<string, () => void | Promise<void>> = {
  start,
  serve,
  delete: cleanUp,
  '-v': () => void process.stdout.write('containerd-shim-chroot-v1:\n  Version:  0.1.0\n'),
};
await actions[words.at(-1) ?? '']?.();
