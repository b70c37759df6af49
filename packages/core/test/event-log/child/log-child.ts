// Another process on the same log. `log-child.ts COMMAND FOLDER [ARGUMENT]`; it answers with one line for each thing done.

import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { LmdbEventLog } from '../../../src/event-log/lmdb-event-log.js';
import { openEnvironment } from '../../../src/event-log/lmdb-schema.js';
import { Subscriptions } from '../../../src/event-log/subscriptions.js';
import { errorCodeOf, errorMessageOf } from '../../../src/kernel/errors.js';
import { counting } from '../counting.js';
import { newRecord } from '../new-record.js';

const [command = '', folder = '', argument = ''] = process.argv.slice(2);
const stream = { namespace: 'default', task: 'shared' };

/** At once, whatever becomes of this process next. */
function say(line: string | number): void {
  writeSync(1, `${line}\n`);
}

// Whoever started it is gone when its stdin ends; and waiting for that is no reason to stay.
const stdin = new Socket({ fd: 0 });
stdin.on('end', () => process.exit()).resume();
stdin.unref();

const commands: Readonly<Record<string, () => Promise<void>>> = {
  /** Appends without end. */
  async append() {
    await using log = await LmdbEventLog.open(folder, { projections: [counting(1)] });
    for (;;) {
      const { records } = await log.append({
        stream,
        expectedVersion: 'any',
        records: [newRecord('/a'), newRecord('/b')],
      });
      say(records.map(({ position }) => position).join(' '));
    }
  },
  /** Wins so many times against whoever else expects the same version. */
  async compete() {
    await using log = await LmdbEventLog.open(folder, { projections: [counting(1)] });
    for (let wins = 0; wins < Number(argument); ) {
      const expectedVersion = log.version(stream);
      const records = [newRecord('/won', { by: process.pid })];
      try {
        say((await log.append({ stream, expectedVersion, records })).version);
        wins += 1;
      } catch (error) {
        if (errorCodeOf(error) !== 'failed-precondition') throw error;
      }
    }
  },
  /** Says each position, up to the one given. */
  async follow() {
    await using log = await LmdbEventLog.open(folder);
    say('ready');
    for await (const { position } of log.subscribe()) {
      say(position);
      if (position === Number(argument)) break;
    }
  },
  /** Serves a named subscription: says each position before it acknowledges it. */
  async deliver() {
    await using log = await LmdbEventLog.open(folder);
    await new Subscriptions(log).deliver('mirror', ({ position }) => say(position));
  },
  /** Opens with this version of the projection. */
  async open() {
    await using log = await LmdbEventLog.open(folder, { projections: [counting(Number(argument))] });
    say(log.origin);
  },
  /** Opens, and has it open until it is no longer needed. */
  async stay() {
    await using log = await LmdbEventLog.open(folder, { projections: [counting(Number(argument))] });
    say(log.origin);
    stdin.ref();
    await once(stdin, 'close');
  },
  /** Says each position that is there. */
  async read() {
    await using log = await LmdbEventLog.open(folder, { readOnly: true });
    for (const { position } of log.read()) say(position);
  },
  /** Appends so many records of 100 kB, and reads each again. */
  async enlarge() {
    await using log = await LmdbEventLog.open(folder, { projections: [counting(1)] });
    for (let index = 0; index < Number(argument); index += 1) {
      const records = [newRecord('/large', { text: String(index % 10).repeat(100_000) })];
      const { records: appended } = await log.append({ stream, expectedVersion: 'any', records });
      const [read] = log.read({ after: (appended[0]?.position ?? 0) - 1, until: appended[0]?.position ?? 0 });
      say(read?.event.text === appended[0]?.event.text ? 'same' : 'other');
    }
  },
  /** Holds on to the state that the log has now, for as long as it lives. */
  async hold() {
    const root = openEnvironment(folder, true);
    const held = root.useReadTransaction();
    say('holding');
    setInterval(() => held, 1_000);
  },
  /** Leaves the log open, and has nothing more to do. */
  async forget() {
    const log = await LmdbEventLog.open(folder);
    await log.append({ stream, expectedVersion: 'any', records: [newRecord('/a')] });
    const ended = new AbortController();
    const subscription = log.subscribe({ after: 1, signal: ended.signal })[Symbol.asyncIterator]();
    const waiting = subscription.next();
    ended.abort();
    say(JSON.stringify(await waiting));
  },
  /** Ends itself while an append is under way, at the worst instant: once a thread had time to take the write lock. */
  async leave() {
    const log = await LmdbEventLog.open(folder);
    void log.append({ stream, expectedVersion: 'any', records: [newRecord('/a')] });
    for (let turn = 0; turn < 10; turn += 1) await undefined;
    setImmediate(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      process.exit(7);
    });
  },
  /** Another command, as the user who may do nothing. */
  async 'as-nobody'() {
    process.setgid?.(65534);
    process.setuid?.(65534);
    await commands[argument]?.();
  },
  /** Appends large records until it cannot, then says why, and how far it came. */
  async fill() {
    await using log = await LmdbEventLog.open(folder);
    const records = [newRecord('/large', { text: 'x'.repeat(10_000) })];
    const append = () => log.append({ stream, expectedVersion: 'any', records });
    let acknowledged = 0;
    try {
      for (;;) acknowledged = (await append()).version;
    } catch (error) {
      say(`${errorCodeOf(error)}: ${errorMessageOf(error)}`);
    }
    await append().catch((error: unknown) => say(`again ${errorCodeOf(error)}`));
    say(`${acknowledged} acknowledged, ${[...log.read()].length} read`);
  },
};

try {
  await commands[command]?.();
} catch (error) {
  say(`${errorCodeOf(error)}: ${errorMessageOf(error)}`);
  process.exitCode = 1;
}
