/**
 * `node --expose-gc busy-client.ts DIR SEED TASKS`: one of many on a root. It does every command at random until its stdin
 * says `stop`, and writes down in `DIR/history-SEED` what it does and what comes of it; then, told to `count`, what it
 * still has open.
 */
import { openSync, readdirSync, readFileSync, statSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallContext,
  errorCodeOf,
  errorMessageOf,
  type ManagedTask,
  marshalAny,
  openShiplog,
  typeUrls,
} from '@shiplog/core';
import { buildSpec } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { runtimeIds } from '../fault.ts';
import { type Command, commands, type Ended, type Look, type Seen } from '../many/history.ts';
import { pick, random } from '../random.ts';

const [dir = '', seed = '', tasks = ''] = process.argv.slice(2);
const next = random(Number(seed));
const history = openSync(join(dir, `history-${seed}`), 'a');
const patience = 60_000;
const flows = 3;

const rootfs = join(dir, 'rootfs');
const programs = [['sleep', '1000'], ['sleep', '1000'], ['sh', '-c', 'usleep 200000; exit 7'], ['true']] as const;
const specOf = (args: readonly string[]) => marshalAny(typeUrls.spec, buildSpec({ rootfs, args }));
const execSpec = (args: readonly string[]) => marshalAny(typeUrls.process, { ...buildSpec({ rootfs, args }).process });

const shiplog = await openShiplog({
  root: join(dir, 'root'),
  state: join(dir, 'state'),
  plugins: [runcPlugin, crunPlugin],
});
const { runtime, log } = shiplog;

const write = (line: object) => writeSync(history, `${JSON.stringify(line)}\n`);
const clock = () => String(process.hrtime.bigint());
function look(): Look {
  const since = clock();
  const head = log.head();
  return { since, head, until: clock() };
}

type Result = Pick<Ended, 'seen' | 'exit'>;
const nothing: Result = { seen: [], exit: null };

/** Sensible most of the time, so that tasks get somewhere. */
const sensible: Readonly<Record<string, readonly Command[]>> = {
  absent: ['create'],
  created: ['start', 'start', 'exec', 'delete', 'kill'],
  running: ['exec', 'exec-start', 'exec-kill', 'exec-delete', 'pause', 'update', 'kill', 'wait'],
  paused: ['resume', 'resume', 'kill', 'update'],
  stopped: ['delete', 'wait'],
};

async function run(command: Command, id: string, exec: string, context: CallContext): Promise<Result> {
  if (command === 'create') {
    await runtime.create(id, { runtime: pick(next, runtimeIds), spec: specOf(pick(next, programs)) }, context);
    return nothing;
  }
  if (command === 'delete') return { seen: [], exit: (await runtime.delete(id, context)).status };
  if (command === 'list') {
    const states = runtime
      .states()
      .map(({ task, state }) => ({ task, status: state.status, pid: 'pid' in state ? state.pid : 0 }));
    return { seen: states, exit: null };
  }
  return onTask(await runtime.task(id, context), command, exec, context);
}

async function onTask(task: ManagedTask, command: Command, exec: string, context: CallContext): Promise<Result> {
  switch (command) {
    case 'start':
      await task.start(context);
      return nothing;
    case 'kill':
      await task.kill(pick(next, [9, 9, 15]), {}, context);
      return nothing;
    case 'pause':
      await task.pause(context);
      return nothing;
    case 'resume':
      await task.resume(context);
      return nothing;
    case 'update':
      await task.update(
        marshalAny(typeUrls.linuxResources, { pids: { limit: 20 + Math.floor(next() * 50) } }),
        context,
      );
      return nothing;
    case 'exec':
      await task.exec(exec, { spec: execSpec(pick(next, [['true'], ['sleep', '1000']])) }, context);
      return nothing;
    case 'exec-start':
      await (await task.process(exec)).start(context);
      return nothing;
    case 'exec-kill':
      await (await task.process(exec)).kill(9, {}, context);
      return nothing;
    case 'exec-delete':
      await (await task.process(exec)).delete(context);
      return nothing;
    case 'wait':
      return { seen: [], exit: (await task.wait({ deadline: Date.now() + 200 })).status };
    default: {
      const { status, pid } = await task.state();
      return { seen: [{ task: task.id, status, pid } satisfies Seen], exit: null };
    }
  }
}

let calls = 0;
let stopped = false;

async function flow(): Promise<void> {
  while (!stopped) {
    const task = `t${Math.floor(next() * Number(tasks))}`;
    const { state } = runtime.state(task);
    const command = next() < 0.8 ? pick(next, sensible[state.status] ?? commands) : pick(next, commands);
    const exec = command.startsWith('exec') ? pick(next, ['a', 'b']) : '';
    const call = ++calls;
    const receipts: number[] = [];
    const context: CallContext = {
      deadline: Date.now() + patience,
      onReceipt: ({ position }) => receipts.push(position),
    };
    write({ call, command, task, exec, before: look() });
    try {
      const result = await run(command, task, exec, context);
      write({ call, receipts, code: '', message: '', ...result, after: look() });
    } catch (error) {
      write({ call, receipts, code: errorCodeOf(error), message: errorMessageOf(error), ...nothing, after: look() });
    }
    await delay(0);
  }
}

/** The descriptor that lists the others is gone by then. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What an open root has: its log, from the first call on that waits for somebody else. */
const logInode = statSync(join(dir, 'root', 'log', 'data.mdb')).ino.toString(16);
const watched = new RegExp(`^inotify wd:\\w+ ino:(?!${logInode} )`, 'gm');

/** What this process has, once nothing goes on. */
const count = () => {
  global.gc?.();
  const fds = readdirSync('/proc/self/fd');
  const watches = fds.flatMap((fd) => textOf(`/proc/self/fdinfo/${fd}`).match(watched) ?? []);
  return { fds: fds.length, watches: watches.length, heap: process.memoryUsage().heapUsed };
};

// libuv opens what watches files with the first watch, and keeps it.
watch(dir).close();
const before = count();
writeSync(1, `${JSON.stringify(before)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const working = Array.from({ length: flows }, flow);
await lines.next();
stopped = true;
await Promise.all(working);
writeSync(1, 'stopped\n');
for (let line = await lines.next(); !line.done; line = await lines.next()) writeSync(1, `${JSON.stringify(count())}\n`);
await shiplog[Symbol.asyncDispose]();
