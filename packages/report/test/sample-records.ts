/** A log as it might have been: tasks of three namespaces with all that happens to tasks, the same for each seed. */
import { createHash } from 'node:crypto';
import { type LogRecord, type Timestamp, timestampFromNanos } from '@shiplog/core';

type Payload = Record<string, unknown>;

const base = 1_790_000_000_000_000_000n;
const users = [
  { user: 'ada', uid: 1000, loginUid: 1000 },
  { user: '', uid: 0, loginUid: 1001 },
  { user: 'ci@build-7', uid: 0, loginUid: null },
];
const names = ['web', 'db', 'queue', 'mailer', 'indexer', 'nightly', 'backup', 'proxy'];

/** At least so many records. */
export function sampleRecords(count: number, seed = 1): readonly LogRecord[] {
  const random = generator(seed);
  const records: (Omit<LogRecord, 'position' | 'version' | 'time'> & { at: number })[] = [];
  for (let number = 0; records.length < count; number += 1) {
    const namespace = ['default', 'jobs', 'team-a'][Math.floor(random() ** 2 * 3)] ?? 'default';
    const task = `${names[Math.floor(random() * names.length)]}-${number}`;
    let at = (number / 2) * 60_000 * (0.6 + random());
    const who = users[Math.floor(random() * users.length)] ?? users[0];
    const pid = 2000 + number;
    let request = 0;
    const add = (type: string, event: Payload, after: number) => {
      at += after * (0.5 + random());
      if (type.endsWith('-requested')) request += 1;
      const requestId = createHash('sha1').update(`${task} ${request}`).digest('hex').slice(0, 32);
      const actor = { ...who, gid: 0, pid: 900 + request, command: `shiplog run ${task}`, requestId };
      records.push({
        at,
        namespace,
        task,
        type,
        schema: 1,
        actor: { uid: 0, loginUid: null, user: '', ...actor },
        runtime: 'io.containerd.runc.v2',
        runtimeVersion: '0.1.0',
        correlationId: requestId,
        causation: 0,
        event: { containerId: task, ...event },
      });
    };
    live({ add, random, task, pid });
  }
  records.sort((left, right) => left.at - right.at);
  const versions = new Map<string, number>();
  return records.map(({ at, ...record }, index) => {
    const key = `${record.namespace}/${record.task}`;
    const version = (versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    const time = timestampFromNanos(base + BigInt(Math.round(at * 1000)) * 1000n + BigInt(index % 1000)) as Timestamp;
    return { position: index + 1, version, ...record, time };
  });
}

interface Life {
  readonly add: (type: string, event: Payload, after: number) => void;
  readonly random: () => number;
  readonly task: string;
  readonly pid: number;
}

const second = 1000;
const owner = { pid: 900, startTime: 1234, bootId: 'a5f0c4c0-0000-4000-8000-000000000000' };

function live({ add, random, task, pid }: Life): void {
  const seen = { certainty: 'observed', evidence: '' };
  const stdio = { stdin: '', stdout: '', stderr: '', terminal: false };
  const spec = { typeUrl: 'types.containerd.io/opencontainers/runtime-spec/1/Spec', sha256: '0'.repeat(64) };
  add('/tasks/create-requested', { runtime: 'io.containerd.runc.v2', spec, io: stdio, owner }, 0);
  if (random() < 0.04) {
    add('/tasks/create-failed', { code: 'unknown', message: 'runc: exec: "htpd": executable file not found' }, 80);
    return;
  }
  add('/tasks/create', { pid, ...seen }, 80);
  add('/tasks/start-requested', { owner }, 300 * random());
  add('/tasks/start', { pid, ...seen }, 20);
  const execs = Math.floor(random() ** 3 * 6);
  for (let exec = 0; exec < execs; exec += 1) {
    const execId = `check-${exec}`;
    add('/tasks/exec-requested', { execId, owner }, 120 * second * random());
    add('/tasks/exec-added', { execId }, 5);
    add('/tasks/exec-start-requested', { execId, owner }, 2);
    add('/tasks/exec-started', { execId, pid: pid + exec + 1, ...seen }, 15);
    add('/tasks/exit', { id: execId, pid: pid + exec + 1, exitStatus: 0, ...seen }, 40 * second * random());
    add('/tasks/delete-requested', { execId, owner }, 4);
    add('/tasks/delete', { id: execId, pid: pid + exec + 1, exitStatus: 0, ...seen }, 4);
  }
  if (random() < 0.2) {
    add('/tasks/pause-requested', { owner }, 60 * second * random());
    add('/tasks/paused', {}, 15);
    add('/tasks/resume-requested', { owner }, 300 * second * random());
    add('/tasks/resumed', {}, 15);
  }
  if (random() < 0.08) add('/recovery/claimed', { owner }, 30 * second);
  if (random() < 0.15) return;
  const oom = random() < 0.07;
  if (oom) add('/tasks/oom', {}, 100 * second * random());
  else if (random() < 0.4) {
    add('/tasks/kill-requested', { execId: '', signal: 15, all: false, owner }, 500 * second * random());
    add('/tasks/signalled', { execId: '', signal: 15, all: false }, 10);
  }
  const unseen = random() < 0.06;
  const exit = {
    id: task,
    pid,
    exitStatus: oom ? 137 : unseen ? 255 : random() < 0.2 ? 1 : 0,
    certainty: unseen ? 'unknown' : 'observed',
    evidence: unseen ? 'its exit file is gone' : '',
    oomKilled: oom,
  };
  add('/tasks/exit', exit, 400 * second * random());
  if (random() < 0.2) return;
  add('/tasks/delete-requested', { execId: '', owner }, 60 * second * random());
  add('/tasks/delete', exit, 30);
}

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
