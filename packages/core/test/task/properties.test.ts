import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../src/kernel/canonical-json.js';
import {
  decodeState,
  encodeState,
  foldRecord,
  taskProjection,
  type VersionedState,
} from '../../src/projections/task-projection.js';
import { type TaskEvent, taskTopics } from '../../src/task/events.js';
import { evolve } from '../../src/task/evolve.js';
import { initialTaskState, isOver, openRequests, requestOf, type TaskState } from '../../src/task/state.js';
import { blob, cause, containerId, io, owner, shell, time } from './fixtures.js';
import { judge } from './order-monitor.js';
import { recordOf, type Step, steps, type Walk, walk } from './walk.js';

const runs = { numRuns: 300 };

function forEveryWalk(check: (walk: Walk) => void, parameters: fc.Parameters<[readonly Step[]]> = runs): void {
  fc.assert(
    fc.property(steps, (each) => check(walk(each))),
    parameters,
  );
}

const text = (state: TaskState): string => canonicalJson(state as unknown as Json);

/** S1 and S3: what a status does not have, its state does not have; and nothing is undefined. */
function expectWellFormed(state: TaskState): void {
  // Not toStrictEqual: it stumbles over members named `constructor`.
  expect(isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state)).toBe(true);
  const has = (member: string) => member in state;
  const ended = state.status === 'stopped' || state.status === 'deleted';
  const there = !['absent', 'creating', 'deleted'].includes(state.status);
  expect(has('exit')).toBe(ended);
  expect(has('pid')).toBe(there);
  expect(has('execs')).toBe(there || state.status === 'creating');
  expect(has('deletedAt')).toBe(state.status === 'deleted');
  if (!('execs' in state)) return;
  for (const exec of Object.values(state.execs)) {
    expect('exit' in exec).toBe(exec.status === 'stopped');
    expect('pid' in exec).toBe(exec.status === 'running');
  }
}

describe('whatever several processes do, in whatever order', () => {
  it('facts come in their order, and every outcome has its request (P2, P3)', () => {
    forEveryWalk(({ events }) => {
      expect(judge(events).complaints).toEqual([]);
    });
  });

  it('the open requests of the state are those without an outcome in the log (P3)', () => {
    forEveryWalk(({ events, state }) => {
      const open = openRequests(state).map((request) => requestOf(request).requestId);
      expect(open.sort()).toEqual([...judge(events).open].sort());
    });
  });

  it('the state has what its status has, and nothing more (S1, S3)', () => {
    forEveryWalk(({ decisions, state }) => {
      for (const { before } of decisions) expectWellFormed(before);
      expectWellFormed(state);
    });
  });

  it('a process has one open request at most (S2), and what is waited for is open', () => {
    forEveryWalk(({ decisions }) => {
      for (const { before, decision } of decisions) {
        const open = openRequests(before);
        expect(open.filter(({ scope }) => scope === 'task').length).toBeLessThanOrEqual(1);
        if (decision.kind !== 'wait') continue;
        expect(open.map((request) => requestOf(request).requestId)).toContain(decision.pending.requestId);
      }
    });
  });

  it('replaying the records from zero gives the same bytes as keeping the state did (P5)', () => {
    forEveryWalk(({ records, state }) => {
      const kept = new Map<string, Uint8Array>();
      for (const record of records) {
        taskProjection.apply(record, {
          get: (key) => kept.get(key),
          put: (key, value) => kept.set(key, value),
          delete: (key) => kept.delete(key),
        });
      }
      const replayed = records.reduce<VersionedState>(foldRecord, { version: 0, state: initialTaskState });
      expect(text(replayed.state)).toBe(text(state));
      if (records.length === 0) return;
      expect(Buffer.from(kept.get('default/web') ?? [])).toEqual(Buffer.from(encodeState(replayed)));
      expect(isDeepStrictEqual(decodeState(encodeState(replayed)), replayed)).toBe(true);
      // What is not over is marked, and nothing else is.
      expect([...kept.keys()].filter((key) => key !== 'default/web')).toEqual(isOver(state) ? [] : ['!default/web']);
    });
  });

  it('a walk gets everywhere: the properties above are about something', () => {
    const seen = new Set<string>();
    forEveryWalk(
      ({ events, decisions }) => {
        for (const { type } of events) seen.add(type);
        for (const { before, decision } of decisions) seen.add(before.status).add(decision.kind);
      },
      { ...runs, seed: 1 },
    );
    const topics = taskTopics.filter((topic) => topic !== '/tasks/rejected');
    const statuses = ['absent', 'creating', 'created', 'running', 'pausing', 'paused', 'stopped', 'deleted'];
    const kinds = ['append', 'unchanged', 'wait', 'reject'];
    expect([...topics, ...statuses, ...kinds].filter((each) => !seen.has(each))).toEqual([]);
  });
});

describe('evolve is total (P8)', () => {
  const name = fc.constantFrom('web', 'a', 'constructor', 'toString', '__proto__', shell);
  /** Everything that any event has, so that each of any type finds what it needs. */
  const members = {
    containerId: fc.constant(containerId),
    requestId: name,
    owner: fc.constant(owner),
    execId: name,
    id: name,
    target: name,
    spec: fc.constant(blob),
    resources: fc.constant(blob),
    options: fc.constant(null),
    io: fc.constant(io),
    rootfs: fc.constant([]),
    mounts: fc.constant([]),
    pid: fc.nat(),
    signal: fc.nat(64),
    all: fc.boolean(),
    runtime: fc.constant('io.containerd.runc.v2'),
    bundle: fc.constant('/b'),
    checkpoint: fc.constant(''),
    exitStatus: fc.nat(255),
    exitedAt: fc.constant(time),
    certainty: fc.constantFrom('observed', 'inferred', 'unknown'),
    oomKilled: fc.boolean(),
    evidence: fc.constant(''),
    code: fc.constant(cause.code),
    message: fc.constant(cause.message),
    command: fc.constant('StartTask'),
  };
  const anyEvent = fc
    .record({ type: fc.constantFrom(...taskTopics), ...members })
    .map((event) => event as unknown as TaskEvent);
  const damagedEvent = fc
    .record({ type: fc.constantFrom(...taskTopics), ...members }, { requiredKeys: ['type'] })
    .map((event) => event as unknown as TaskEvent);

  it('events of a foreign log, in any order, give a state that is well-formed', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60, size: 'max' }), (events) => {
        let state: TaskState = initialTaskState;
        for (const event of events) {
          state = evolve(state, event, time);
          expectWellFormed(state);
        }
      }),
      runs,
    );
  });

  it('events that lack members never stop a fold', () => {
    fc.assert(
      fc.property(fc.array(damagedEvent, { maxLength: 60, size: 'max' }), (events) => {
        const before: VersionedState = { version: 0, state: initialTaskState };
        const after = events.map((event, index) => recordOf(event, index + 1)).reduce(foldRecord, before);
        expect(after.version).toBe(events.length);
        expect(() => decodeState(encodeState(after))).not.toThrow();
      }),
      runs,
    );
  });
});
