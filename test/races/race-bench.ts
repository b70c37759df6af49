/** What races run on: one root, opened twice as by two processes, with busybox as everyone's root file system. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { busyboxRootfs } from '@shiplog/conformance';
import {
  type CreateOpts,
  type ErrorCode,
  type ExecOpts,
  errorCodeOf,
  type ManagedTask,
  marshalAny,
  openShiplog,
  type PluginManifest,
  type Shiplog,
  type TaskEvent,
  typeUrls,
  verifyProjection,
} from '@shiplog/core';
import { buildSpec, execProcess, type OciPluginConfig, type OciSpec } from '@shiplog/oci';
import { judge } from '../../packages/core/test/task/order-monitor.ts';
import { leftOn, reboot } from '../crash/host.ts';
import { Chance } from './chance.ts';
import { patience, type Race } from './race.ts';

export type Change = (spec: OciSpec) => OciSpec;
type OciPlugin = PluginManifest<'runtime', OciPluginConfig>;

const program = fileURLToPath(new URL('../../bin/shiplog', import.meta.url));

export interface CommandEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class RaceBench implements AsyncDisposable {
  readonly dir: string;
  readonly rootfs: string;
  readonly plugin: OciPlugin;
  /** What a task writes that writes much. */
  readonly outputMiB: number;
  /** What went wrong beside all calls. */
  readonly #errors: unknown[] = [];
  readonly #opened: Shiplog[] = [];
  /** Of the round that is under way. */
  readonly #ids: string[] = [];
  #count = 0;

  private constructor(plugin: OciPlugin, dir: string, outputMiB: number) {
    this.plugin = plugin;
    this.outputMiB = outputMiB;
    this.dir = dir;
    this.rootfs = busyboxRootfs(join(dir, 'rootfs'));
  }

  static async open(plugin: OciPlugin, outputMiB: number): Promise<RaceBench> {
    // conmon's socket lives below the state folder, and a socket's path is short.
    const bench = new RaceBench(plugin, mkdtempSync(join(tmpdir(), 'slr-')), outputMiB);
    bench.#opened.push(await bench.openAgain(), await bench.openAgain());
    return bench;
  }

  /** One more opening of the same root, that is the caller's to close. */
  openAgain(options: { readonly hold?: boolean } = {}): Promise<Shiplog> {
    const onError = (error: unknown) => void this.#errors.push(error);
    const folders = { root: join(this.dir, 'root'), state: join(this.dir, 'state') };
    return openShiplog({ ...folders, ...options, plugins: [this.plugin], onError });
  }

  /** Two who know nothing of each other. */
  get owners(): readonly [Shiplog, Shiplog] {
    const [first, second] = this.#opened;
    if (!first || !second) throw new Error('the bench is closed');
    return [first, second];
  }

  /** An ID that was never used. */
  newId(): string {
    const id = `race-${++this.#count}`;
    this.#ids.push(id);
    return id;
  }

  opts(args: readonly string[], change: Change = (spec) => spec): Pick<CreateOpts, 'spec'> {
    return { spec: marshalAny(typeUrls.spec, change(buildSpec({ rootfs: this.rootfs, args }))) };
  }

  process(...args: readonly string[]): ExecOpts {
    const { process } = buildSpec({ rootfs: this.rootfs, args });
    return { spec: marshalAny(typeUrls.process, execProcess(process, { rootfs: this.rootfs, args })) };
  }

  create(opts: CreateOpts, id = this.newId()): Promise<ManagedTask> {
    return this.owners[0].runtime.create(id, opts);
  }

  async started(...args: readonly string[]): Promise<ManagedTask> {
    const task = await this.create(this.opts(args));
    await task.start();
    return task;
  }

  /** What each of the two has to say to one and the same task. */
  async handles({ id }: ManagedTask): Promise<[ManagedTask, ManagedTask]> {
    const [first, second] = this.owners;
    return [await first.runtime.get(id), await second.runtime.get(id)];
  }

  delete({ id }: ManagedTask): Promise<unknown> {
    return this.owners[0].runtime.delete(id);
  }

  /** `shiplog ARGS` on the same root, in a process of its own. */
  async command(...args: readonly string[]): Promise<CommandEnd> {
    const folders = { SHIPLOG_ROOT: join(this.dir, 'root'), SHIPLOG_STATE: join(this.dir, 'state') };
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...folders },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { exitCode: Number(exitCode), stdout, stderr };
  }

  events(id: string): readonly TaskEvent[] {
    const records = this.owners[0].log.readStream({ namespace: 'default', task: id });
    return [...records].map(({ type, event }) => ({ ...event, type }) as TaskEvent);
  }

  /** @returns what is wrong; nothing, where the race did no harm */
  async round(race: Race, seed: number): Promise<readonly string[]> {
    const complaints: string[] = [];
    const limit = race.patience ?? patience;
    const over = new AbortController();
    const hangs = delay(limit, undefined, { signal: over.signal }).then(
      () => assert.fail(`it was not over after ${limit} ms`),
      () => undefined,
    );
    const run = race.run(this, new Chance(seed));
    await Promise.race([run, hangs]).catch((error: unknown) => complaints.push(String(error)));
    over.abort();
    complaints.push(...this.#errors.splice(0).map((error) => `beside all calls: ${String(error)}`));
    for (const id of this.#ids.splice(0)) complaints.push(...this.#wrongWith(id));
    return complaints.length > 0 ? complaints : nothingLeft(this.dir);
  }

  /** P2 and P3 of one stream, from its first record to its last. */
  #wrongWith(id: string): readonly string[] {
    const { complaints, open } = judge(this.events(id));
    return [...complaints.map((text) => `${id}: ${text}`), ...open.map((request) => `${id}: ${request} is open`)];
  }

  /** P5, of all rounds. */
  replayDiffers(): readonly string[] {
    const { differences, damage } = verifyProjection(this.owners[0].log);
    return [...differences, ...damage].map((what) => JSON.stringify(what));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const shiplog of this.#opened.splice(0)) await shiplog[Symbol.asyncDispose]();
    // Of a round that failed anything may be there.
    await reboot(this.dir);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Milliseconds that monitors, and the kernel, may take over their end. */
const endMs = 5_000;

async function nothingLeft(dir: string): Promise<readonly string[]> {
  for (const end = Date.now() + endMs; ; await delay(10)) {
    const left = leftOn(dir);
    if (left.length === 0) return [];
    if (Date.now() > end) return left.map((what) => `left: ${what}`);
  }
}

/**
 * What a call came to. Anything but success and what is expected fails the race, with its own words.
 *
 * @param expected codes of errors that are as good
 */
export async function outcome(call: Promise<unknown>, ...expected: readonly ErrorCode[]): Promise<'done' | ErrorCode> {
  try {
    await call;
    return 'done';
  } catch (error) {
    const code = errorCodeOf(error);
    if (!expected.includes(code)) throw error;
    return code;
  }
}
