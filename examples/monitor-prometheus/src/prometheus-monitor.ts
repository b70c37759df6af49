import { type LogRecord, parseTimestamp, type Task, type TaskMonitor, timestampToNanos } from '@shiplog/core/plugin';
import { summaryOf, unmarshalMetrics } from '@shiplog/oci';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricsServer, Page } from './metrics-server.ts';

/** A task that does not answer holds up no scrape: milliseconds. */
const patience = 2_000;

export class PrometheusMonitor implements TaskMonitor, AsyncDisposable {
  readonly #registry = new Registry();
  readonly #tasks = new Map<string, Task>();
  readonly #started = new Map<string, bigint>();
  readonly #serve: () => Promise<MetricsServer>;
  #server: Promise<MetricsServer> | undefined;
  #page: Promise<Page> | undefined;

  readonly #events: Counter<'type'>;
  readonly #exits: Counter<'namespace' | 'code'>;
  readonly #ooms: Counter<'namespace'>;
  readonly #durations: Histogram<'namespace'>;
  readonly #counts: Gauge<'namespace'>;
  readonly #figures: readonly (readonly [
    Gauge<'namespace' | 'task'>,
    (summary: ReturnType<typeof summaryOf>) => number,
  ])[];

  /** @param serve called when somebody feeds it: most commands start each plugin, and feed none */
  constructor(serve: () => Promise<MetricsServer>) {
    this.#serve = serve;
    const registers = [this.#registry];
    const common = { registers, labelNames: ['namespace'] as const };
    const named = (name: string, help: string) => ({ name: `shiplog_${name}`, help });
    this.#events = new Counter({ ...named('events_total', 'Events of the log'), registers, labelNames: ['type'] });
    this.#exits = new Counter({
      ...named('task_exits_total', 'Tasks that ended'),
      registers,
      labelNames: ['namespace', 'code'],
    });
    this.#ooms = new Counter({
      ...named('task_ooms_total', 'Tasks in which the kernel killed for want of memory'),
      ...common,
    });
    this.#durations = new Histogram({
      ...named('task_duration_seconds', 'From the start of a task to its exit'),
      ...common,
      buckets: [0.1, 1, 10, 60, 600, 3_600, 86_400],
    });
    this.#counts = new Gauge({ ...named('tasks', 'Tasks that are there, ended ones included'), ...common });
    const ofTask = { registers, labelNames: ['namespace', 'task'] as const };
    const figure = (name: string, help: string) => new Gauge({ ...named(`task_${name}`, help), ...ofTask });
    this.#figures = [
      [figure('cpu_seconds', 'CPU time since the create'), ({ cpu }) => cpu / 1e9],
      [figure('memory_bytes', 'Memory in use'), ({ memory }) => memory],
      [figure('pids', 'Processes and threads'), ({ pids }) => pids],
      [figure('network_received_bytes', 'Without the loopback interface'), ({ networkIn }) => networkIn],
      [figure('network_sent_bytes', 'Without the loopback interface'), ({ networkOut }) => networkOut],
      [figure('block_read_bytes', 'From block devices'), ({ blockRead }) => blockRead],
      [figure('block_written_bytes', 'To block devices'), ({ blockWrite }) => blockWrite],
    ];
  }

  async monitor(task: Task): Promise<void> {
    this.#tasks.set(keyOf(task.namespace, task.id), task);
    await this.#listen();
  }

  stop({ namespace, id }: Pick<Task, 'namespace' | 'id'>): void {
    this.#tasks.delete(keyOf(namespace, id));
    this.#started.delete(keyOf(namespace, id));
  }

  async event({ type, namespace, task, time, event }: LogRecord): Promise<void> {
    await this.#listen();
    this.#events.inc({ type });
    if (type === '/tasks/start') this.#started.set(keyOf(namespace, task), nanosOf(time));
    if (type === '/tasks/oom') this.#ooms.inc({ namespace });
    // An exec's exit has the exec's ID.
    if (type !== '/tasks/exit' || event.id !== task) return;
    this.#exits.inc({ namespace, code: event.certainty === 'unknown' ? 'unknown' : String(event.exitStatus) });
    const started = this.#started.get(keyOf(namespace, task));
    if (started !== undefined) this.#durations.observe({ namespace }, Number(nanosOf(time) - started) / 1e9);
  }

  /** What `/metrics` shows: figures of tasks are as of now. Of several who ask at once, all get one page. */
  metrics(): Promise<Page> {
    this.#page ??= this.#measured().finally(() => {
      this.#page = undefined;
    });
    return this.#page;
  }

  async #measured(): Promise<Page> {
    this.#counts.reset();
    for (const { namespace } of this.#tasks.values()) this.#counts.inc({ namespace });
    for (const [gauge] of this.#figures) gauge.reset();
    await Promise.all([...this.#tasks.values()].map((task) => this.#measure(task)));
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    await server?.[Symbol.asyncDispose]();
  }

  /** Where it failed it is tried again: whoever had the port may have gone. */
  async #listen(): Promise<void> {
    this.#server ??= this.#serve();
    const server = this.#server;
    await server.catch((error: unknown) => {
      if (this.#server === server) this.#server = undefined;
      throw error;
    });
  }

  /** One that has ended, or whose runtime counts nothing, has no figures. */
  async #measure(task: Task): Promise<void> {
    const { namespace, id } = task;
    try {
      const any = await task.stats({ namespace, deadline: Date.now() + patience });
      const summary = summaryOf(unmarshalMetrics(any));
      for (const [gauge, pick] of this.#figures) gauge.set({ namespace, task: id }, pick(summary));
    } catch {
      // It is left out of this page.
    }
  }
}

function keyOf(namespace: string, id: string): string {
  return `${namespace}/${id}`;
}

function nanosOf(time: string): bigint {
  return timestampToNanos(parseTimestamp(time));
}
