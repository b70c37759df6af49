/** The rules of `TaskMonitor`. */
import { type LogRecord, marshalAny, NotImplementedError, type Task, type TaskMonitor } from '@shiplog/core/plugin';
import { expect } from './expect.js';
import type { Rule as RuleOf, Subject, Suite } from './rule.js';
import { sampleRecords } from './sink-suite.js';

/** Its disposal is the monitor's, too. */
export interface TaskMonitorHarness extends AsyncDisposable {
  readonly monitor: TaskMonitor;
  /**
   * The tasks that it watches, as `NAMESPACE/TASK`, in any order, as far as can be seen from outside; absent where nothing
   * shows them.
   */
  watched?(): Promise<readonly string[]>;
}

export type TaskMonitorRule = RuleOf<TaskMonitorBench>;

/** What a task answers; whatever else it is asked for is not implemented. */
type Answers = Readonly<Record<string, () => Promise<unknown>>>;

const pid = 42;

const running: Answers = {
  pid: async () => pid,
  pids: async () => [{ pid }],
  state: async () => ({ stdin: '', stdout: '', stderr: '', terminal: false, status: 'running', pid }),
  stats: async () => marshalAny('io.containerd.cgroups.v2.Metrics', { pids: { current: 1 } }),
  // It ends after the rule.
  wait: () => new Promise(() => undefined),
};

/** One that never answers anything. */
const silent: Answers = new Proxy({}, { get: () => () => new Promise(() => undefined) });

export class TaskMonitorBench {
  readonly harness: TaskMonitorHarness;
  /** What was asked of tasks, by the name of the call. */
  readonly asked: string[] = [];
  #position = 0;

  constructor(harness: TaskMonitorHarness) {
    this.harness = harness;
  }

  get monitor(): TaskMonitor {
    return this.harness.monitor;
  }

  /** A task that notes what it is asked, and does nothing. */
  task(id: string, { namespace = 'default', answers = running } = {}): Task {
    const known = { id, namespace };
    const ask = (name: string) => (): Promise<unknown> => {
      this.asked.push(name);
      return answers[name]?.() ?? Promise.reject(new NotImplementedError(`this task has no ${name}`));
    };
    const get = (_: object, name: string | symbol): unknown => {
      if (Object.hasOwn(known, name)) return Reflect.get(known, name);
      // Whoever awaits it asks for this.
      return typeof name === 'symbol' || name === 'then' ? undefined : ask(name);
    };
    return new Proxy({}, { get }) as Task;
  }

  /** An event of a task, or with an empty ID of the system, as the log has it. */
  record(id: string, type: string, event: object = {}, namespace = 'default'): LogRecord {
    this.#position += 1;
    const [sample] = sampleRecords(1, this.#position);
    const place = id === '' ? { namespace: '', task: '' } : { namespace, task: id };
    return { ...(sample as LogRecord), ...place, type, event: { ...(id !== '' && { containerId: id }), ...event } };
  }

  async tell(...records: readonly LogRecord[]): Promise<void> {
    for (const record of records) await this.monitor.event?.(record);
  }

  /** From its create on; its delete is the last event. */
  life(id: string): readonly LogRecord[] {
    const requestId = 'r1';
    const observed = { certainty: 'observed' };
    const ended = { id, pid, exitStatus: 137, exitedAt: '2026-01-31T12:00:00.000000001Z', ...observed };
    const told: readonly (readonly [string, object?])[] = [
      ['/tasks/create', { requestId, pid, bundle: '/b', checkpoint: '', ...observed }],
      ['/tasks/start-requested', { requestId }],
      ['/tasks/start', { requestId, pid, ...observed }],
      ['/tasks/exec-added', { requestId, execId: 'sh' }],
      ['/tasks/exec-started', { requestId, execId: 'sh', pid: pid + 1, ...observed }],
      ['/tasks/exit', { ...ended, id: 'sh', pid: pid + 1, exitStatus: 1 }],
      ['/tasks/delete', { ...ended, id: 'sh', pid: pid + 1, exitStatus: 1 }],
      ['/tasks/paused', { requestId }],
      ['/tasks/resumed', { requestId }],
      ['/tasks/pause-failed', { requestId, code: 'unknown', message: 'no' }],
      ['/tasks/checkpointed', { requestId, checkpoint: '/c' }],
      ['/tasks/rejected', { execId: '', command: 'start', code: 'failed-precondition', message: 'no' }],
      ['/tasks/oom'],
      ['/tasks/exit', { ...ended, certainty: 'unknown', exitStatus: 255, evidence: 'nobody saw it' }],
      ['/tasks/delete', ended],
    ];
    return told.map(([type, event]) => this.record(id, type, event));
  }

  /** The whole life of a task, as a feed tells of it. */
  async liveThrough(task: Task): Promise<void> {
    await this.tell(this.record(task.id, '/tasks/create-requested', { requestId: 'r1' }));
    await this.monitor.monitor(task);
    await this.tell(...this.life(task.id));
    await this.monitor.stop({ id: task.id, namespace: task.namespace });
  }

  async close(): Promise<void> {
    await this.harness[Symbol.asyncDispose]();
  }
}

/** What changes a task, or its input. */
const changes = [
  ...['start', 'kill', 'pause', 'resume', 'exec', 'checkpoint', 'update'],
  ...['resizePty', 'closeIO', 'attach', 'delete'],
];

/** Milliseconds; what a monitor does for a call takes none of a feed's time worth naming. */
const soon = 5_000;

async function ends(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it waited ${soon} ms for a task that does not answer`)), soon);
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

const taskMonitorRules: readonly TaskMonitorRule[] = [
  {
    id: 'W1',
    text: 'the life of a task, told to it from create to delete, is taken without an error, and that of the next one, too',
    async check(bench) {
      await bench.liveThrough(bench.task('web'));
      await bench.liveThrough(bench.task('web'));
      await bench.liveThrough(bench.task('db'));
    },
  },
  {
    id: 'W2',
    text: 'it changes nothing: no task is started, signalled, paused, written to or otherwise moved',
    async check(bench) {
      await bench.liveThrough(bench.task('web'));
      await bench.harness.watched?.();
      expect(bench.asked.filter((name) => changes.includes(name))).toEqual([]);
    },
  },
  {
    id: 'W3',
    text: 'events of the system, of tasks that it was never told of, and of types and shapes yet to come, are passed over',
    async check(bench) {
      await bench.monitor.monitor(bench.task('web'));
      await bench.tell(
        bench.record('', '/plugins/loaded', { plugin: 'io.containerd.runc.v2', version: '1.0.0' }),
        bench.record('', '/plugins/later', {}),
        ...bench.life('never-told'),
        bench.record('web', '/tasks/later', { requestId: 'r1', more: { deep: [1] } }),
        ...bench.life('web').map((record) => ({ ...record, schema: 99 })),
        bench.record('web', '/recovery/claimed', { requestId: 'r1' }),
      );
    },
  },
  {
    id: 'W4',
    text: 'a task that counts nothing, or does not answer at all, holds up neither the feed nor other tasks',
    async check(bench) {
      await ends(bench.liveThrough(bench.task('mute', { answers: {} })));
      await ends(bench.liveThrough(bench.task('silent', { answers: silent })));
      await ends(bench.liveThrough(bench.task('web')));
    },
  },
  {
    id: 'W5',
    text: 'it watches what it was told of and not told to stop: two of one ID where namespaces differ, and one made anew',
    unless: ({ harness }) => (harness.watched ? undefined : 'nothing shows which tasks it watches'),
    async check(bench) {
      const watched = async () => [...((await bench.harness.watched?.()) ?? [])].sort();
      expect(await watched()).toEqual([]);
      const [web, other] = [bench.task('web'), bench.task('web', { namespace: 'other' })];
      await bench.monitor.monitor(web);
      await bench.monitor.monitor(other);
      expect(await watched()).toEqual(['default/web', 'other/web']);
      await bench.monitor.stop({ id: 'web', namespace: 'default' });
      expect(await watched()).toEqual(['other/web']);
      await bench.monitor.monitor(bench.task('web'));
      expect(await watched()).toEqual(['default/web', 'other/web']);
    },
  },
];

export const taskMonitorSuite: Suite<TaskMonitorBench> = {
  contract: 'TaskMonitor',
  chapters: [{ title: 'watching', rules: taskMonitorRules }],
};

export interface TaskMonitorSubject {
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(): Promise<TaskMonitorHarness>;
}

export function taskMonitorSubject({ open }: TaskMonitorSubject): Subject<TaskMonitorBench> {
  return { open: async () => new TaskMonitorBench(await open()) };
}
