/** Runtimes that are wrong in one thing each, around one that is right. */
import { spawn } from 'node:child_process';
import {
  type Exit,
  marshalAny,
  type PlatformRuntime,
  type ProcessInfo,
  type Task,
  typeUrls,
  unmarshalAny,
} from '@shiplog/core/plugin';

/** Where a task is made anew with every call, and what it is made of is changed. */
export function changing(
  right: PlatformRuntime,
  changes: { task?: (task: Task) => Partial<Task>; runtime?: Partial<PlatformRuntime> },
): PlatformRuntime {
  const wrong = (task: Task): Task => changed(task, changes.task?.(task) ?? {});
  return {
    id: right.id,
    create: async (...args) => wrong(await right.create(...args)),
    get: async (...args) => wrong(await right.get(...args)),
    tasks: async (...args) => (await right.tasks(...args)).map(wrong),
    delete: (...args) => right.delete(...args),
    ...changes.runtime,
  };
}

const withStatus = (exit: Exit, status: number): Exit => ({ ...exit, status });

export interface Wrong {
  readonly what: string;
  /** The rule that says so. */
  readonly rule: string;
  /** Milliseconds, where it hangs. */
  readonly timeLimit?: number;
  make(right: PlatformRuntime): PlatformRuntime;
}

export const wrongRuntimes: readonly Wrong[] = [
  {
    what: 'tells of an exit before the start',
    rule: 'L13',
    make: (right) =>
      changing(right, {
        task: (task) => ({
          wait: async (context) => {
            const { status, pid } = await task.state();
            if (status !== 'created') return task.wait(context);
            const timestamp = '2026-01-31T12:00:00.000000000Z' as Exit['timestamp'];
            return { pid, status: 0, timestamp, certainty: 'observed' };
          },
        }),
      }),
  },
  {
    what: 'runs the program before its start',
    rule: 'L13',
    make: (right) =>
      changing(right, {
        runtime: {
          async create(...args) {
            const task = await right.create(...args);
            await task.start();
            return task;
          },
        },
      }),
  },
  {
    what: 'loses an exit that another instance saw',
    rule: 'L14',
    make: (right) => {
      const seen = new Set<string>();
      return changing(right, {
        runtime: {
          async create(id, ...args) {
            seen.add(id);
            return right.create(id, ...args);
          },
          async get(id, context) {
            const task = await right.get(id, context);
            if (seen.has(id)) return task;
            const lost = (exit: Exit): Exit => ({
              ...exit,
              status: 255,
              certainty: 'unknown',
              evidence: 'nobody saw it',
            });
            return changed(task, {
              wait: async (inner) => lost(await task.wait(inner)),
              state: async () => {
                const { exit, ...state } = await task.state();
                return exit ? { ...state, exit: lost(exit) } : state;
              },
            });
          },
        },
      });
    },
  },
  {
    what: 'cuts an exit code',
    rule: 'L3',
    make: (right) =>
      changing(right, {
        task: (task) => ({
          wait: async (context) => {
            const exit = await task.wait(context);
            return withStatus(exit, exit.status & 0x7f);
          },
        }),
      }),
  },
  {
    what: 'tells of a signal by its number alone',
    rule: 'L4',
    make: (right) =>
      changing(right, {
        task: (task) => ({
          wait: async (context) => {
            const exit = await task.wait(context);
            return withStatus(exit, exit.status > 128 && exit.status < 200 ? exit.status - 128 : exit.status);
          },
        }),
      }),
  },
  {
    what: 'deletes what is gone',
    rule: 'L11',
    make: (right) => {
      const exits = new Map<string, Exit>();
      return changing(right, {
        runtime: {
          async delete(id, context) {
            const gone = exits.get(id);
            if (gone) return gone;
            const exit = await right.delete(id, context);
            exits.set(id, exit);
            return exit;
          },
        },
      });
    },
  },
  {
    what: 'leaves a process behind',
    rule: 'L12',
    make: (right) =>
      changing(right, {
        task: (task) => ({
          pids: async (): Promise<readonly ProcessInfo[]> => [...(await task.pids()), { pid: leaked() }],
        }),
      }),
  },
  {
    what: 'loses sight of a process that leaves its session',
    rule: 'L15',
    make: (right) =>
      changing(right, {
        runtime: {
          create(id, opts, context) {
            const spec = unmarshalAny(opts.spec, typeUrls.spec) as { readonly process: { readonly args: string[] } };
            const args = ['env', '-u', 'SHIPLOG_TASK', ...spec.process.args];
            const unmarked = marshalAny(typeUrls.spec, { ...spec, process: { ...spec.process, args } });
            return right.create(id, { ...opts, spec: unmarked }, context);
          },
        },
      }),
  },
  {
    what: 'never ends a wait that comes after the end',
    rule: 'L5',
    timeLimit: 3_000,
    make: (right) =>
      changing(right, {
        task: (task) => ({
          wait: async (context) => {
            if ((await task.state()).status === 'stopped') return new Promise(() => undefined);
            return task.wait(context);
          },
        }),
      }),
  },
  {
    what: 'finds no task again that another instance made',
    rule: 'F2',
    make: (right) => {
      const own = new Set<string>();
      return changing(right, {
        runtime: {
          async create(id, ...args) {
            own.add(id);
            return right.create(id, ...args);
          },
          get: (id, context) => right.get(own.has(id) ? id : 'forgotten', context),
        },
      });
    },
  },
  {
    what: 'deletes what runs',
    rule: 'L9',
    make: (right) =>
      changing(right, {
        runtime: {
          async delete(id, context) {
            const task = await right.get(id, context);
            await task.kill(9).catch(() => undefined);
            await task.wait();
            return right.delete(id, context);
          },
        },
      }),
  },
  {
    what: 'mixes up namespaces',
    rule: 'F4',
    make: (right) => ({
      id: right.id,
      create: (id, opts) => right.create(id, opts),
      get: (id) => right.get(id),
      tasks: (opts) => right.tasks(opts),
      delete: (id) => right.delete(id),
    }),
  },
  {
    what: 'passes over what it cannot do',
    rule: 'X5',
    make: (right) => changing(right, { task: () => ({ pause: async () => undefined }) }),
  },
];

function changed(task: Task, changes: Partial<Task>): Task {
  return new Proxy(task, {
    get: (target, name) => {
      if (name in changes) return Reflect.get(changes, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const leaks: ReturnType<typeof spawn>[] = [];

function leaked(): number {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  leaks.push(child);
  return child.pid ?? 0;
}

/** Ends what the one that leaks has left. */
export function endLeaks(): void {
  for (const child of leaks.splice(0)) child.kill('SIGKILL');
}
