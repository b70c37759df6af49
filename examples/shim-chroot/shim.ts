/**
 * A containerd shim: the process of an OCI spec in a chroot of its root file system, and nothing else of it. containerd
 * calls the program with flags and an action; `start` leaves a copy of it behind, which serves the Task API.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants as system } from 'node:os';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { DeleteResponseSchema, Events, eventAny, TaskExitSchema, TaskV2, taskStatuses } from '@shiplog/containerd-api';
import { statusCodes, TtrpcClient, TtrpcError, TtrpcServer } from '@shiplog/ttrpc';

const words = process.argv.slice(2);
const flag = (name: string): string => words[words.indexOf(name) + 1] ?? '';
const [address, namespace, id] = [flag('-address'), flag('-namespace'), flag('-id')];
const socket = `/run/shim-chroot-${hash('sha256', [address, namespace, id].join('\0')).slice(0, 16)}.sock`;

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

/** False for what has ended, or never was: 0 would be our own group. */
function killGroup(pid: number, signal: number): boolean {
  try {
    return pid > 0 && process.kill(-pid, signal);
  } catch {
    return false;
  }
}

const fail = (code: keyof typeof statusCodes, message: string) => new TtrpcError(message, { code: statusCodes[code] });
/** Of a fifo that is opened for both neither end waits. */
const openBoth = (path: string): number => openSync(path, constants.O_RDWR | constants.O_APPEND);

async function serve(): Promise<void> {
  const server = new TtrpcServer();
  const exited = Promise.withResolvers<{ exitStatus: number; exitedAt: ReturnType<typeof timestampNow> }>();
  const noIo = { bundle: '', stdin: '', stdout: '', stderr: '', terminal: false };
  let task = { ...noIo, pid: 0, status: taskStatuses.created as number };
  let child: ChildProcess | undefined;
  let input: number | undefined;

  async function onExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const exit = { exitStatus: code ?? 128 + (signal ? system.signals[signal] : 0), exitedAt: timestampNow() };
    task = { ...task, ...exit, status: taskStatuses.stopped };
    killGroup(task.pid, 9);
    exited.resolve(exit);
    using client = await TtrpcClient.connect((process.env.TTRPC_ADDRESS ?? '').replace(/^unix:\/\//, ''));
    const event = eventAny(TaskExitSchema, { containerId: id, id, pid: task.pid, ...exit });
    const envelope = { timestamp: exit.exitedAt, namespace, topic: '/tasks/exit', event };
    await client.service(Events).forward({ envelope });
  }

  server.handle(TaskV2, {
    connect: () => ({ shimPid: process.pid, taskPid: task.pid, version: '2' }),
    create({ bundle, stdin, stdout, stderr, terminal }) {
      if (terminal) throw fail('unimplemented', 'there are no terminals here');
      const { root, process: line } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
      // As long as ours is open, the input has no end.
      if (stdin) input = openBoth(stdin);
      const ends = [stdin && openSync(stdin, 'r'), stdout && openBoth(stdout), stderr && openBoth(stderr)];
      // It waits at its descriptor 3 for the start.
      const script = 'read -r go <&3 && exec /usr/sbin/chroot "$@" 3<&-';
      child = spawn('/bin/sh', ['-c', script, 'sh', resolve(bundle, root.path), ...line.args], {
        ...{ detached: true, cwd: bundle, stdio: [...ends.map((end) => end || 'ignore'), 'pipe'] },
        env: Object.fromEntries((line.env ?? []).map((text: string) => text.split(/=(.*)/s, 2))),
      });
      child.once('exit', (code, signal) => void onExit(code, signal).catch(() => undefined));
      for (const end of ends) if (end) closeSync(end);
      task = { ...task, bundle, stdin, stdout, stderr, pid: child.pid ?? 0 };
      writeFileSync(`${bundle}/pid`, `${task.pid}`);
      return { pid: task.pid };
    },
    start() {
      if (task.status !== taskStatuses.created) throw fail('failedPrecondition', 'it was started before');
      (child?.stdio[3] as Writable | undefined)?.end('\n');
      task.status = taskStatuses.running;
      return { pid: task.pid };
    },
    state: () => ({ id, ...task }),
    wait: () => exited.promise,
    pids: () => ({ processes: task.status === taskStatuses.stopped ? [] : [{ pid: task.pid }] }),
    closeIO() {
      if (input) closeSync(input);
      input = undefined;
      return {};
    },
    kill({ signal }) {
      if (!killGroup(task.pid, signal)) throw fail('notFound', 'it has ended');
      return {};
    },
    delete() {
      if (task.status === taskStatuses.running) throw fail('failedPrecondition', 'it runs');
      return task;
    },
    shutdown() {
      setImmediate(() => void server[Symbol.asyncDispose]().then(() => process.exit(0)));
      return {};
    },
  });
  await server.listen(socket);
  process.send?.('serving', () => process.disconnect());
}

const version = () => process.stdout.write('containerd-shim-chroot-v1:\n  Version:  0.1.0\n');
const actions: Record<string, () => unknown> = { start, serve, delete: cleanUp, '-v': version };
await actions[words.at(-1) ?? '']?.();
