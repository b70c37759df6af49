/** Many clients of one root at once, what they did, and what they have left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { busyboxRootfs } from '@shiplog/conformance';
import { openShiplog, type Shiplog, type TaskEvent, verifyFolder, verifyProjection } from '@shiplog/core';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { judge } from '../../../packages/core/test/task/order-monitor.ts';
import { leftOn, reboot } from '../host.ts';
import { random } from '../random.ts';
import { unless } from '../unless.ts';
import { checkHistory } from './check.ts';
import { type Call, readCalls } from './history.ts';

const client = fileURLToPath(new URL('../child/busy-client.ts', import.meta.url));

export interface CrowdOptions {
  readonly seed: number;
  readonly clients: number;
  readonly tasks: number;
  /** How long they are at it. */
  readonly ms: number;
  /** One of them is killed again and again, and another takes its place. */
  readonly killing: boolean;
}

export interface CrowdResult {
  readonly calls: number;
  /** How many of them, by command and what they ended with. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly records: number;
  readonly killed: number;
  /** Bytes that a client's heap has grown by, of the one whose has most. */
  readonly grown: number;
  /** The call that took longest, in milliseconds. */
  readonly longest: string;
  readonly complaints: readonly string[];
}

/** The longest that ending anything may take; what takes longer is stuck. */
const patience = 60_000;
/** What code, caches and the states of tasks may come to. */
const heapLimit = 48 * 1024 * 1024;

interface Count {
  readonly fds: number;
  /** Of inotify. */
  readonly watches: number;
  readonly heap: number;
}

class Client {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  first: Count | undefined;
  said = '';

  constructor(dir: string, seed: number, tasks: number) {
    const args = ['--no-warnings', '--expose-gc', client, dir, String(seed), String(tasks)];
    this.process = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    if (!this.process.stdout) throw new Error('no stdout');
    this.process.stderr?.on('data', (chunk) => {
      this.said += String(chunk);
    });
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async ready(): Promise<void> {
    this.first = JSON.parse(await this.line()) as Count;
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`a client ended: ${this.said}`);
    return value;
  }

  say(text: string): void {
    this.process.stdin?.write(`${text}\n`);
  }

  async kill(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }

  async end(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.stdin?.end();
    await ended;
  }
}

export async function tryCrowd(options: CrowdOptions): Promise<CrowdResult> {
  const dir = mkdtempSync(join(tmpdir(), 'slm-'));
  const complaints: string[] = [];
  const clients: Client[] = [];
  let counted = { calls: 0, outcomes: {}, records: 0, killed: 0, grown: 0, longest: '' };
  try {
    busyboxRootfs(join(dir, 'rootfs'));
    const killed = await letThemWork(dir, options, clients);
    const { calls, records } = await endAll(dir, complaints);
    const grown = await countLeaks(clients, complaints);
    counted = { calls: calls.length, outcomes: outcomesOf(calls), records, killed, grown, longest: longestOf(calls) };
    while (clients.length > 0) await clients.pop()?.end();
    await expectNothingLeft(dir, complaints);
  } catch (error) {
    complaints.push(`it failed: ${String(error)}`);
  }
  for (const each of clients) await each.kill();
  if (complaints.length > 0) await reboot(dir);
  rmSync(dir, { recursive: true, force: true });
  return { ...counted, complaints };
}

async function letThemWork(dir: string, options: CrowdOptions, clients: Client[]): Promise<number> {
  const { seed, tasks, ms, killing } = options;
  let seeds = seed;
  const start = async () => {
    const started = new Client(dir, seeds++, tasks);
    await started.ready();
    return started;
  };
  clients.push(...(await Promise.all(Array.from({ length: options.clients }, start))));
  const next = random(seed);
  const end = Date.now() + ms;
  let killed = 0;
  while (killing && Date.now() < end) {
    await delay(Math.min(50 + next() * 1_500, Math.max(0, end - Date.now())));
    await clients.shift()?.kill();
    killed += 1;
    clients.push(await start());
  }
  await delay(Math.max(0, end - Date.now()));
  for (const each of clients) each.say('stop');
  for (const each of clients) while ((await each.line()) !== 'stopped');
  return killed;
}

/** Every task can be ended, whoever was in the middle of what; then the log is compared with what the clients saw. */
async function endAll(dir: string, complaints: string[]): Promise<{ calls: readonly Call[]; records: number }> {
  const folder = join(dir, 'root', 'log');
  {
    await using shiplog = await openShiplog({
      root: join(dir, 'root'),
      state: join(dir, 'state'),
      plugins: [runcPlugin, crunPlugin],
      onError: (error) => complaints.push(`beside all calls: ${String(error)}`),
    });
    const tasks = shiplog.runtime.states().map(({ task }) => task);
    for (const task of tasks)
      await endTask(shiplog, task).catch((error) => complaints.push(`${task} is stuck: ${String(error)}`));
    const { log } = shiplog;
    complaints.push(...verifyProjection(log).differences.map(({ task }) => `P5: ${task} is not what its events say`));
    for (const task of tasks) {
      const events = [...log.readStream({ namespace: 'default', task })].map(
        ({ type, event }) => ({ ...event, type }) as TaskEvent,
      );
      const { complaints: disorder, open } = judge(events);
      complaints.push(
        ...disorder.map((each) => `P2: ${task}: ${each}`),
        ...open.map((id) => `P3: a request of ${task} is open: ${id}`),
      );
    }
  }
  const { findings } = await verifyFolder(folder);
  complaints.push(...findings.map(({ kind, message }) => `P9: ${kind}: ${message}`));
  const calls = readdirSync(dir)
    .filter((name) => name.startsWith('history-'))
    .flatMap((name) => readCalls(readFileSync(join(dir, name), 'utf8')));
  await using shiplog = await openShiplog({
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    plugins: [],
    hold: false,
  });
  const records = [...shiplog.log.read()];
  complaints.push(...checkHistory(records, calls));
  return { calls, records: records.length };
}

async function endTask({ runtime }: Shiplog, id: string): Promise<void> {
  const context = { deadline: Date.now() + patience };
  const task = await runtime.get(id, context);
  const { status } = await task.state(context);
  // Of a kill that was asked for before, it may end at any moment.
  if (status === 'paused') await task.resume(context).catch(unless('failed-precondition', 'not-found'));
  if (status !== 'created' && status !== 'stopped') {
    await task.kill(9, {}, context).catch(unless('not-found'));
    await task.wait(context);
  }
  await runtime.delete(id, context);
}

/** No task is left, so nothing is to be watched any more. */
async function countLeaks(clients: readonly Client[], complaints: string[]): Promise<number> {
  let most = 0;
  for (const each of clients) {
    const { fds, watches, heap } = each.first ?? { fds: 0, watches: 0, heap: 0 };
    const end = Date.now() + 10_000;
    let now: Count;
    let more: boolean;
    do {
      each.say('count');
      now = JSON.parse(await each.line()) as Count;
      more = now.fds > fds || now.watches > watches;
    } while (more && Date.now() < end && (await delay(50, true)));
    const [had, has] = [`${fds} descriptors and ${watches} watches`, `${now.fds} and ${now.watches}`];
    if (more) complaints.push(`a client began with ${had}, and has ${has}`);
    most = Math.max(most, now.heap - heap);
  }
  if (most > heapLimit) complaints.push(`a client's heap has grown by ${most} bytes`);
  return most;
}

function outcomesOf(calls: readonly Call[]): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { command, code } of calls) {
    const name = `${command} ${code === undefined ? 'killed' : code || 'done'}`;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  return outcomes;
}

function longestOf(calls: readonly Call[]): string {
  const took = ({ before, after }: Call) => (after ? Number(BigInt(after.since) - BigInt(before.until)) / 1e6 : 0);
  const [longest] = calls.toSorted((one, other) => took(other) - took(one));
  return longest ? `${Math.round(took(longest))} ms: ${longest.command} ${longest.task} ${longest.message}` : '';
}

/** Monitors end a moment after their task. */
async function expectNothingLeft(dir: string, complaints: string[]): Promise<void> {
  const end = Date.now() + patience;
  while (leftOn(dir).length > 0 && Date.now() < end) await delay(10);
  complaints.push(...leftOn(dir).map((left) => `left: ${left}`));
}
