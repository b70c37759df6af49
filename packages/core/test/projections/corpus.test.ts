/** A log that an older version wrote replays in this one: test/fixtures/logs/README.md says how to add one. */
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { schemaVersion } from '../../src/event-log/lmdb-schema.js';
import { replay, verifyProjection } from '../../src/projections/replay.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { tempFolder } from '../event-log/temp-folder.js';

const corpus = new URL('../../../../test/fixtures/logs/', import.meta.url).pathname;
const folders = readdirSync(corpus, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const names = folders.map(({ name }) => name);

interface States {
  readonly position: number;
  readonly states: Readonly<Record<string, unknown>>;
}

async function opened(name: string) {
  const folder = await tempFolder();
  copyFileSync(join(corpus, name, 'data.mdb'), join(folder.path, 'data.mdb'));
  const log = await LmdbEventLog.open(folder.path, { projections: [taskProjection] });
  const close = async () => {
    await log[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { log, [Symbol.asyncDispose]: close };
}

describe.each(names)('the log %s', (name) => {
  const wanted = JSON.parse(readFileSync(join(corpus, name, 'states.json'), 'utf8')) as States;

  it('replays to the states that it had, without damage', async () => {
    await using old = await opened(name);
    const damage: unknown[] = [];
    const { position, states } = replay(old.log, { onDamage: (found) => damage.push(found) });
    expect(damage).toEqual([]);
    expect(position).toBe(wanted.position);
    expect(JSON.parse(JSON.stringify(Object.fromEntries(states)))).toEqual(wanted.states);
  });

  it('has its stored states made anew, byte for byte what its events say (P5)', async () => {
    await using old = await opened(name);
    expect(verifyProjection(old.log)).toMatchObject({ differences: [], damage: [], position: wanted.position });
  });
});

it('there is one of every schema version', () => {
  const versions = new Set(names.map((name) => Number(/\d+/.exec(name)?.[0])));
  const all = Array.from({ length: schemaVersion }, (_, index) => index + 1);
  expect(all.filter((version) => !versions.has(version))).toEqual([]);
});
