/** One trial: an owner of tasks meets its fault, the root is opened again, and every promise is checked. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { busyboxRootfs } from '@shiplog/conformance';
import {
  leafHash,
  type ManagedTask,
  openShiplog,
  type Receipt,
  type Shiplog,
  type TaskEvent,
  verifyFolder,
  verifyProjection,
} from '@shiplog/core';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { judge } from '../../packages/core/test/task/order-monitor.ts';
import type { Fault } from './fault.ts';
import { containersOf, killAll, leftOn, monitorsOf, reboot, runtimesOf } from './host.ts';
import { unless } from './unless.ts';

const steps = fileURLToPath(new URL('./child/dying-steps.ts', import.meta.url));
const owner = fileURLToPath(new URL('./child/busy-owner.ts', import.meta.url));

export interface Trial {
  /** Where the owner was killed; undefined if it came to its end first. */
  readonly point: string | undefined;
  /** Of the owner, until it died. */
  readonly steps: number;
  /** Whether one was there to be killed while the owner lived: an OCI runtime in the middle of a call, for one. */
  readonly killed: boolean;
  /** Promises that were not kept. */
  readonly complaints: readonly string[];
}

/** What the owner said that its calls had returned. */
interface Returned {
  readonly receipt?: Receipt;
  readonly exit?: { readonly task: string; readonly exec?: string; readonly status: number };
}

/** The longest that anything in a trial may take; what takes longer hangs. */
const patience = 30_000;
/** A launch may take a minute; an owner that has one that comes to nothing goes on then. */
const ownerPatience = 90_000;

export async function tryFault(fault: Fault): Promise<Trial> {
  // conmon's socket lives below the state folder, and a socket's path is short.
  const dir = mkdtempSync(join(tmpdir(), 'slc-'));
  busyboxRootfs(join(dir, 'rootfs'));
  makeStdio(dir, fault);
  const { end, killed } = await runOwner(dir, fault);
  const trace = linesOf(join(dir, 'trace'));
  const point = end === 'killed' ? (trace.at(-1) ?? 'before its first step') : undefined;
  await hurt(dir, fault);
  const complaints = await checkAll(dir, fault);
  const mayFail = fault.live !== undefined && end !== 'it hangs';
  if (end !== 'killed' && end !== 'done' && !mayFail) complaints.push(`the owner failed: ${end}`);
  if (complaints.length > 0) await reboot(dir);
  rmSync(dir, { recursive: true, force: true });
  return { point: point?.replaceAll(dir, ''), steps: trace.length, killed, complaints };
}

/** What whoever asks for a fifo or a logger brings along. */
function makeStdio(dir: string, { stdio }: Fault): void {
  if (stdio === 'fifo') execFileSync('mkfifo', [join(dir, 'in'), join(dir, 'out')]);
  const script = '#!/bin/sh\nexec 5>&-; cat <&3 >>"$(dirname "$0")/logged"\n';
  if (stdio === 'logger') writeFileSync(join(dir, 'logger'), script, { mode: 0o755 });
}

interface OwnersEnd extends Pick<Trial, 'killed'> {
  /** `killed`, `done`, or what it had to say. */
  readonly end: string;
}

async function runOwner(dir: string, { runtime, stdio, step, ms, live }: Fault): Promise<OwnersEnd> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', steps, owner, dir, runtime, stdio], {
    env: { ...process.env, SHIPLOG_CRASH_STEP: String(step ?? 0), SHIPLOG_CRASH_TRACE: join(dir, 'trace') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let hangs = false;
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const timer = setTimeout(() => {
    hangs = ms === undefined;
    child.kill('SIGKILL');
  }, ms ?? ownerPatience);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const killed = live !== undefined && (await killLive(dir, live, isOver));
  const [code, signal] = await ended;
  clearTimeout(timer);
  if (hangs) return { end: 'it hangs', killed };
  return { end: signal === 'SIGKILL' ? 'killed' : code === 0 ? 'done' : said, killed };
}

const pidsOf = { runtime: runtimesOf, monitor: monitorsOf, container: containersOf } as const;

async function killLive(
  dir: string,
  { victim, ms }: NonNullable<Fault['live']>,
  isOver: () => boolean,
): Promise<boolean> {
  for (await delay(ms); !isOver(); await delay(2)) {
    const pids = pidsOf[victim](dir);
    killAll(pids);
    if (pids.length > 0) return true;
  }
  return false;
}

async function hurt(dir: string, { victim }: Fault): Promise<void> {
  if (victim === 'monitor') killAll(monitorsOf(dir));
  if (victim === 'container') killAll(containersOf(dir));
  if (victim === 'machine') await reboot(dir);
}

async function checkAll(dir: string, fault: Fault): Promise<string[]> {
  const complaints: string[] = [];
  try {
    await using shiplog = await openRoot(dir, complaints);
    const returned = linesOf(join(dir, 'returned')).map((line) => JSON.parse(line) as Returned);
    complaints.push(...checkReceipts(shiplog, returned), ...checkRequests(shiplog));
    for (const { task } of shiplog.runtime.states({ all: true })) await endTask(shiplog, task, fault, complaints);
    complaints.push(...checkOrder(shiplog), ...checkExits(shiplog, returned, fault), ...checkReplay(shiplog));
    await expectNothingLeft(dir, complaints);
  } catch (error) {
    complaints.push(`it failed: ${String(error)}`);
  }
  complaints.push(...(await checkAgain(dir)));
  return complaints;
}

function openRoot(dir: string, complaints: string[]): Promise<Shiplog> {
  return openShiplog({
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    plugins: [runcPlugin, crunPlugin, mountPlugin],
    onError: (error) => complaints.push(`beside all calls: ${String(error)}`),
  });
}

/** P1. */
function checkReceipts({ log }: Shiplog, returned: readonly Returned[]): readonly string[] {
  return returned.flatMap(({ receipt }) => {
    if (!receipt) return [];
    const [record] = log.read({ after: receipt.position - 1 });
    const same = record?.position === receipt.position && record.type === receipt.type && record.task === receipt.task;
    const bytes = log.storedBytes(receipt.position);
    return same && bytes && leafHash(bytes) === receipt.leafHash
      ? []
      : [`P1: ${receipt.type} of ${receipt.task} was returned, and is not at ${receipt.position}`];
  });
}

const eventsOf = ({ log }: Shiplog, task: string) =>
  [...log.readStream({ namespace: 'default', task })].map(({ type, event }) => ({ ...event, type }) as TaskEvent);

/** P3: the owner is dead, so the opening has settled what it left. */
function checkRequests(shiplog: Shiplog): readonly string[] {
  return ['short', 'web'].flatMap((task) =>
    judge(eventsOf(shiplog, task)).open.map((id) => `P3: a request of ${task} is open: ${id}`),
  );
}

/** P2. */
function checkOrder(shiplog: Shiplog): readonly string[] {
  return ['short', 'web'].flatMap((task) =>
    judge(eventsOf(shiplog, task)).complaints.map((complaint) => `P2: ${task}: ${complaint}`),
  );
}

/** P4: a code that was returned stays what it was, and the others are right, or said to be unknown. */
function checkExits(shiplog: Shiplog, returned: readonly Returned[], { live }: Fault): readonly string[] {
  const exits = ['short', 'web']
    .flatMap((task) => eventsOf(shiplog, task))
    .filter(({ type }) => type === '/tasks/exit');
  const complaints: string[] = [];
  const right: Readonly<Record<string, readonly number[]>> = { short: [7, 137], web: [137], look: [3, 137] };
  for (const exit of exits) {
    if (exit.type !== '/tasks/exit' || exit.certainty === 'unknown') continue;
    // Its first process ends itself where a start is killed that has begun to talk to it, and before it is the program.
    if (live?.victim === 'runtime' && exit.exitStatus === 1) continue;
    if (!right[exit.id]?.includes(exit.exitStatus))
      complaints.push(`P4: ${exit.id} ended with ${exit.exitStatus}, ${exit.certainty}`);
  }
  for (const { exit: said } of returned) {
    if (!said) continue;
    const id = said.exec ?? said.task;
    const kept = exits.some((exit) => exit.type === '/tasks/exit' && exit.id === id && exit.exitStatus === said.status);
    if (!kept) complaints.push(`P1: ${id} was said to have ended with ${said.status}, and the log says otherwise`);
  }
  return complaints;
}

/** P5. */
function checkReplay({ log }: Shiplog): readonly string[] {
  return verifyProjection(log).differences.map(({ task }) => `P5: ${task} is not what its events say`);
}

/** Whatever was in the middle of something goes on from there, like any task. */
async function endTask(shiplog: Shiplog, id: string, fault: Fault, complaints: string[]): Promise<void> {
  const context = { deadline: Date.now() + patience };
  const task = await shiplog.runtime.get(id, context);
  const { status } = await task.state(context);
  try {
    await endOf(task, status, context);
    await shiplog.runtime.delete(id, context);
  } catch (error) {
    complaints.push(`${id} was ${status} after ${JSON.stringify(fault)}, and cannot be ended: ${String(error)}`);
  }
}

async function endOf(task: ManagedTask, status: string, context: { readonly deadline: number }): Promise<void> {
  if (status === 'created' || status === 'stopped') return;
  // Where its process was killed while it was frozen, it ends with that.
  if (status === 'paused' || status === 'pausing')
    await task.resume(context).catch(unless('failed-precondition', 'not-found'));
  // It ends by itself, and its code is to be seen.
  if (task.id !== 'short') await task.kill(9, {}, context).catch(unless('not-found'));
  await task.wait(context);
}

/** Monitors end a moment after their task. */
async function expectNothingLeft(dir: string, complaints: string[]): Promise<void> {
  const end = Date.now() + patience;
  while (leftOn(dir).length > 0 && Date.now() < end) await delay(10);
  complaints.push(...leftOn(dir).map((left) => `left: ${left}`));
}

/** An opening that finds nothing to do does nothing, and the stored bytes are whole (P9). */
async function checkAgain(dir: string): Promise<readonly string[]> {
  const complaints: string[] = [];
  const folder = join(dir, 'root', 'log');
  const before = await verifyFolder(folder);
  complaints.push(...before.findings.map(({ kind, message }) => `P9: ${kind}: ${message}`));
  await using shiplog = await openRoot(dir, complaints);
  if (!('records' in before)) return complaints;
  // Which plugins a program started with is told each time.
  const written = [...shiplog.log.read({ after: before.records })].filter(({ type }) => !type.startsWith('/plugins/'));
  if (written.length > 0) complaints.push(`an opening with nothing to do wrote ${written.map(({ type }) => type)}`);
  return complaints;
}

function linesOf(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  // The last one may be half a line.
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}
