import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { SystemClock } from '../../src/kernel/clock.js';
import type { ProcessIdentity, ProcessTable } from '../../src/kernel/process-identity.js';
import { marshalAny, typeUrls } from '../../src/kernel/typed-any.js';
import type { MountHandler } from '../../src/mount/mount.js';
import { MountManager } from '../../src/mount/mount-manager.js';
import type { MountInfo } from '../../src/mount/mountinfo.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { Backends } from '../../src/runtime/backends.js';
import type { Call } from '../../src/runtime/call.js';
import type { Engine } from '../../src/runtime/execute.js';
import { ExitWatch } from '../../src/runtime/exit-watch.js';
import { LiveEvents } from '../../src/runtime/live-events.js';
import type { LogDriver } from '../../src/runtime/log-driver.js';
import type { CreateOpts } from '../../src/runtime/platform-runtime.js';
import { type Pauses, Retries } from '../../src/runtime/retries.js';
import { settleLater, settleRequest } from '../../src/runtime/settle.js';
import { StreamChanges } from '../../src/runtime/stream-changes.js';
import { TaskManager } from '../../src/runtime/task-manager.js';
import { type RuntimeScope, TaskScope } from '../../src/runtime/task-scope.js';
import { FaultyBackend } from './faulty-backend.js';

export const spec = marshalAny(typeUrls.spec, { ociVersion: '1.0.2', process: { args: ['true'] } });
export const opts: CreateOpts = { spec };

/** Of the configuration of the backend's plugin. */
export const configHash = 'c0'.repeat(32);

export const deadOwner: ProcessIdentity = { pid: 999_999, startTime: 1, bootId: 'test' };

/** A process table in which exactly those are alive that a test says so. */
export class TestProcesses implements ProcessTable {
  readonly #self: ProcessIdentity;
  readonly #dead: readonly ProcessIdentity[];

  constructor(pid: number, dead: readonly ProcessIdentity[] = [deadOwner]) {
    this.#self = { pid, startTime: pid, bootId: 'test' };
    this.#dead = dead;
  }

  self(): ProcessIdentity {
    return this.#self;
  }

  isAlive(identity: ProcessIdentity): boolean {
    return !this.#dead.some(({ pid }) => pid === identity.pid);
  }
}

/** One process with the root open; two on one log and backend are two processes on one root. */
export interface Machine extends AsyncDisposable {
  readonly manager: TaskManager;
  readonly engine: Engine;
  readonly log: EventLog;
  readonly backend: FaultyBackend;
  readonly events: LiveEvents;
  readonly errors: unknown[];
  /** The topics of a task's stream, in order. */
  topics(task: string): string[];
}

export interface MachineOptions {
  readonly log?: EventLog;
  readonly backend?: FaultyBackend;
  /** Another one beside it. */
  readonly other?: FaultyBackend;
  readonly pid?: number;
  readonly dead?: readonly ProcessIdentity[];
  readonly handlers?: readonly MountHandler[];
  readonly mountTable?: () => readonly MountInfo[];
  readonly logDrivers?: readonly LogDriver[];
  readonly stateFolder?: Engine['stateFolder'];
  readonly pauses?: Pauses;
}

export async function machine(options: MachineOptions = {}): Promise<Machine> {
  const log = options.log ?? new MemoryEventLog({ projections: [taskProjection] });
  const backend = options.backend ?? new FaultyBackend();
  const { dir } = backend;
  const { handlers = [], mountTable } = options;
  const errors: unknown[] = [];
  const closed = new AbortController();
  const events = new LiveEvents(log, (error) => errors.push(error));
  const changes = new StreamChanges(log, events);
  // Where a test does not say so, nothing is tried again while it runs.
  const retries = new Retries((error) => errors.push(error), options.pauses ?? { first: 600_000, most: 600_000 });
  const engine: Engine = {
    log,
    clock: new SystemClock(),
    changes,
    processes: new TestProcesses(options.pid ?? 1, options.dead),
    backends: new Backends(
      new Map(
        [backend, ...(options.other ? [options.other] : [])].map((runtime) => [
          runtime.id,
          {
            runtime,
            version: '1.2.3',
            configHash,
            stateDir: join(runtime.dir, 'state'),
            rootDir: join(runtime.dir, 'root'),
          },
        ]),
      ),
      new Map([['io.containerd.absent.v1', 'its binary is not installed']]),
    ),
    stateFolder: options.stateFolder ?? { claim: () => undefined, assertOurs: () => undefined },
    closed: closed.signal,
    onError: (error) => errors.push(error),
    settle: (call, request) => settleRequest(scopeOf(call), call, request),
    settleLater: (call, requestId) => settleLater(scopeOf(call), call, requestId),
    retries,
  };
  const exits = new ExitWatch(engine);
  const scopeOf = ({ stream }: Call) => new TaskScope(scope, stream.namespace, stream.task);
  const scope: RuntimeScope = {
    engine,
    exits,
    mounts: new MountManager({ handlers, ...(mountTable && { mountTable }) }),
    logDrivers: options.logDrivers ?? [],
  };
  return {
    manager: new TaskManager(scope),
    engine,
    log,
    backend,
    events,
    errors,
    topics: (task) => [...log.readStream({ namespace: 'default', task })].map(({ type }) => type),
    [Symbol.asyncDispose]: async () => {
      closed.abort();
      retries[Symbol.dispose]();
      await exits[Symbol.asyncDispose]();
      changes[Symbol.dispose]();
      await events[Symbol.asyncDispose]();
      for (const folder of [dir, ...(options.other ? [options.other.dir] : [])]) {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
