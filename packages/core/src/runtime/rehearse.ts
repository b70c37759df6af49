/**
 * Runs recorded histories again, on another runtime and in a namespace of their own, and compares: a rehearsal of a swap
 * on the user's own tasks. Programs run again, and do again what they did: only their output goes nowhere else.
 */
import { randomBytes } from 'node:crypto';
import type { EventLog, LogRecord, Position, StreamId } from '../event-log/event-log.js';
import type { CallContext } from '../kernel/call-context.js';
import { timestampToNanos } from '../kernel/clock.js';
import { isShiplogError, NotFoundError } from '../kernel/errors.js';
import { type TypedAny, typeUrls } from '../kernel/typed-any.js';
import { compareHistories, type HistoryRow, stepsOf } from '../projections/compare-histories.js';
import type { Stdio, TaskEvent } from '../task/events.js';
import { upcast } from '../task/upcast.js';
import type { ManagedTask } from './managed-task.js';
import { markedIn, readPayload } from './payload.js';
import type { CreateOpts, Process } from './platform-runtime.js';
import { type CreateRequested, recordedOpts } from './recorded-opts.js';
import type { TaskManager } from './task-manager.js';

export interface RehearsalOptions {
  /** The runtime's ID. */
  readonly against: string;
  /** This stream only. */
  readonly task?: StreamId;
  /** This namespace only; all but those of rehearsals, when absent. */
  readonly namespace?: string;
  /** From this position on; of a task whose create lies before it, nothing is run. */
  readonly from?: Position;
  /** Up to and with this position. */
  readonly until?: Position;
  readonly context?: CallContext;
  /** Told before each step, for people. */
  readonly onStep?: (task: string, type: string) => void;
}

export interface RehearsedTask {
  readonly namespace: string;
  readonly task: string;
  /** That it was recorded on. */
  readonly runtime: string;
  readonly rows: readonly HistoryRow[];
  readonly same: boolean;
}

export interface Rehearsal {
  readonly against: string;
  /** Where it was rehearsed; its events stay in the log, its tasks do not. */
  readonly namespaces: readonly string[];
  readonly tasks: readonly RehearsedTask[];
}

interface Stream {
  readonly key: string;
  readonly namespace: string;
  readonly task: string;
  readonly stage: string;
  readonly runtime: string;
  readonly records: LogRecord[];
}

/** Milliseconds that a process may take beyond what it took before. */
const patience = 10_000;

/**
 * @throws NotFoundError if there is nothing to run again, or no such runtime
 * @throws what the signal of the context says; the tasks of the rehearsal are gone then, too
 */
export async function rehearse(log: EventLog, runtime: TaskManager, options: RehearsalOptions): Promise<Rehearsal> {
  runtime.assertRuntime(options.against);
  const streams = streamsOf(log, options);
  const before = log.head();
  const stage = new Stage(log, runtime, streams, options);
  try {
    await stage.run();
    const tasks = [...streams.values()].map((stream) => {
      const rehearsed = [...log.readStream({ namespace: stream.stage, task: stream.task })].filter(
        ({ position }) => position > before,
      );
      const rows = compareHistories(stepsOf(stream.records), stepsOf(rehearsed));
      const { namespace, task, runtime: on } = stream;
      return { namespace, task, runtime: on, rows, same: rows.every(({ same }) => same) };
    });
    return { against: options.against, namespaces: stage.namespaces, tasks };
  } finally {
    await stage.clear();
  }
}

const stagePrefix = 'rehearsal-';

function streamsOf(
  log: EventLog,
  { task, namespace: only, from = 1, until, against }: RehearsalOptions,
): ReadonlyMap<string, Stream> {
  const streams = new Map<string, Stream>();
  const stages = new Map<string, string>();
  const name = `${stagePrefix}${randomBytes(4).toString('hex')}`;
  const wanted = (namespace: string) =>
    task !== undefined || (only === undefined ? !namespace.startsWith(stagePrefix) : namespace === only);
  const records = task ? log.readStream(task) : log.read({ ...(until !== undefined && { until }) });
  for (const record of records) {
    const { position, namespace, task: id, type, runtime } = record;
    if (position < from || id === '' || !wanted(namespace) || (until !== undefined && position > until)) continue;
    const key = `${namespace}/${id}`;
    // Of a task that began before, there is nothing to begin with.
    if (!streams.has(key) && type !== '/tasks/create-requested') continue;
    if (!stages.has(namespace)) stages.set(namespace, stages.size === 0 ? name : `${name}-${stages.size + 1}`);
    const stage = stages.get(namespace) ?? name;
    const stream = streams.get(key) ?? { key, namespace, task: id, stage, runtime, records: [] };
    streams.set(key, stream);
    stream.records.push(record);
  }
  if (streams.size > 0) return streams;
  const archived = log.base.position > 0 ? `; what is before position ${log.base.position + 1} was archived` : '';
  throw new NotFoundError(
    `there is no task to run again on ${against}: no create lies in that part of the log${archived}`,
  );
}

class Stage {
  readonly #log: EventLog;
  readonly #runtime: TaskManager;
  readonly #streams: ReadonlyMap<string, Stream>;
  readonly #options: RehearsalOptions;
  readonly #startedAt = new Map<string, bigint>();

  constructor(log: EventLog, runtime: TaskManager, streams: ReadonlyMap<string, Stream>, options: RehearsalOptions) {
    this.#log = log;
    this.#runtime = runtime;
    this.#streams = streams;
    this.#options = options;
  }

  get namespaces(): readonly string[] {
    return [...new Set([...this.#streams.values()].map(({ stage }) => stage))];
  }

  /** All of them, in the order of the log: what stood side by side stands so again. */
  async run(): Promise<void> {
    const records = [...this.#streams.values()].flatMap(({ records }) => records);
    for (const record of records.sort((one, other) => one.position - other.position)) {
      this.#options.context?.signal?.throwIfAborted();
      const stream = this.#streams.get(`${record.namespace}/${record.task}`);
      const event = upcast(record);
      if (!stream || !event) continue;
      this.#options.onStep?.(stream.task, event.type);
      const before = this.#versionOf(stream);
      // What fails is in the log of the rehearsal, and is compared. A runtime of others throws what it likes.
      await this.#again(stream, event, record).catch((error: unknown) => {
        if (!isShiplogError(error) && this.#versionOf(stream) === before) throw error;
      });
    }
  }

  /** Whatever is left of the stage's tasks. */
  async clear(): Promise<void> {
    for (const namespace of this.namespaces) {
      const context = { namespace, actor: { command: 'rehearsal' } };
      for (const task of await this.#runtime.tasks({}, context)) {
        await task.kill(9, { all: true }, context).catch(() => undefined);
        const { status } = await task.state(context);
        if (status !== 'created')
          await task.wait({ ...context, deadline: Date.now() + patience }).catch(() => undefined);
        await this.#runtime.delete(task.id, context).catch(() => undefined);
      }
    }
  }

  async #again(stream: Stream, event: TaskEvent, record: LogRecord): Promise<void> {
    const context = { ...this.#options.context, namespace: stream.stage };
    const task = () => this.#runtime.get(stream.task, context);
    const process = async (execId: string): Promise<Process> =>
      execId === '' || execId === stream.task ? await task() : await (await task()).process(execId, context);
    switch (event.type) {
      case '/tasks/create-requested':
        await this.#runtime.create(stream.task, this.#optsOf(event), context);
        return;
      case '/tasks/start-requested':
        return (await task()).start(context);
      case '/tasks/exec-requested': {
        const [spec, secrets] = [readPayload(this.#log, event.spec), markedIn(this.#log, event.spec)];
        await (await task()).exec(event.execId, { spec, secrets, io: quietly(event.io) }, context);
        return;
      }
      case '/tasks/exec-start-requested':
        return (await process(event.execId)).start(context);
      case '/tasks/kill-requested':
        return (await process(event.execId)).kill(event.signal, { all: event.all }, context);
      case '/tasks/pause-requested':
        return (await task()).pause(context);
      case '/tasks/resume-requested':
        return (await task()).resume(context);
      case '/tasks/update-requested':
        return (await task()).update(readPayload(this.#log, event.resources), context);
      case '/tasks/delete-requested':
        return this.#delete(await task(), event.execId, context);
      // What failed then and goes well now would be in the way of what came next.
      case '/tasks/create-failed':
        return this.#delete(await task(), '', context);
      case '/tasks/exec-failed':
        return this.#delete(await task(), event.execId, context);
      case '/tasks/start':
      case '/tasks/exec-started':
        this.#startedAt.set(this.#keyOf(stream, 'execId' in event ? event.execId : ''), timestampToNanos(record.time));
        return;
      case '/tasks/exit':
        return this.#waitFor(await process(event.id), stream, event.id, record, context);
      default:
        return;
    }
  }

  async #delete(task: ManagedTask, execId: string, context: CallContext): Promise<void> {
    if (execId === '') await this.#runtime.delete(task.id, context);
    else await (await task.process(execId, context)).delete(context);
  }

  /** As long as it took, and a while: what does not end by then is a difference. */
  async #waitFor(
    process: Process,
    stream: Stream,
    id: string,
    { time }: LogRecord,
    context: CallContext,
  ): Promise<void> {
    const started = this.#startedAt.get(this.#keyOf(stream, id === stream.task ? '' : id));
    const took = started === undefined ? 0 : Number(timestampToNanos(time) - started) / 1e6;
    // A task that was never started ends by its delete.
    if (started === undefined && (await process.state(context)).status === 'created') return;
    await process.wait({ ...context, deadline: Date.now() + 3 * took + patience });
  }

  #versionOf({ task, stage }: Stream): number {
    return this.#runtime.state(task, { namespace: stage }).version;
  }

  #keyOf(stream: Stream, execId: string): string {
    return `${stream.key}/${execId}`;
  }

  #optsOf(asked: CreateRequested): CreateOpts {
    // What was to happen at its end, was to happen to the task that was recorded.
    const { taskOptions: _, spec, io, ...opts } = recordedOpts(this.#log, asked);
    return { ...opts, spec: withoutCgroup(spec), io: quietly(io), runtime: this.#options.against };
  }
}

/** Output goes to the log of the rehearsal's task, and goes with it. */
function quietly({ terminal = false }: Partial<Stdio> = {}): Partial<Stdio> {
  return terminal ? { terminal, stdin: 'attach://keep' } : {};
}

/** Two tasks in one cgroup would be each other's end. */
function withoutCgroup(spec: TypedAny): TypedAny {
  if (spec.typeUrl !== typeUrls.spec) return spec;
  try {
    const value = JSON.parse(Buffer.from(spec.value).toString()) as { linux?: { cgroupsPath?: string } };
    if (value.linux?.cgroupsPath === undefined) return spec;
    const { cgroupsPath: _, ...linux } = value.linux;
    return { ...spec, value: Buffer.from(JSON.stringify({ ...value, linux })) };
  } catch {
    return spec;
  }
}
