/** The past, asked while its records are archived. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RecordsArchivedError } from '../../src/event-log/log-base.js';
import { type AsOf, asOf } from '../../src/projections/as-of.js';
import { tell } from '../projections/history.js';
import { done, exited, requested } from '../task/fixtures.js';
import { recordOf } from '../task/walk.js';
import { newRoot, type Root, web } from './archived-log.js';

const child = fileURLToPath(new URL('./child/archive-child.ts', import.meta.url));
const loader = fileURLToPath(new URL('../event-log/child/run-sources.ts', import.meta.url));

/** By another process, while this one stands still. */
function archiveAside({ dir, archives }: Root, before: number): void {
  const { stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--import', loader, child, dir, archives, String(before)],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
}

async function rootOf(lives: number): Promise<Root> {
  const root = await newRoot();
  const life = [requested.create, done.create, requested.start, done.start, exited, requested.delete, done.delete];
  const told = Array.from({ length: lives }, () => life).flat();
  await tell(
    root.log,
    [...told, requested.create, done.create].map((one) => ({ ...web, record: recordOf(one, 1) })),
  );
  return root;
}

afterEach(() => vi.restoreAllMocks());

describe('an answer on the past that is asked for later', () => {
  it.each<[what: string, ask: (then: AsOf) => unknown]>([
    ['a state', ({ state }) => state(web)],
    ['the tasks', ({ tasks }) => tasks()],
    ['the mounts', ({ mounts }) => mounts()],
  ])('is refused where its point was archived meanwhile: %s', async (_, ask) => {
    await using root = await rootOf(1);
    const then = await asOf(root.log, 3);
    await root.archive(7);
    expect(() => ask(then)).toThrow(RecordsArchivedError);
    await expect(asOf(root.log, 3)).rejects.toThrow(RecordsArchivedError);
  });

  it('stays as it was given', async () => {
    await using root = await rootOf(1);
    const then = await asOf(root.log, 4);
    const tasks = then.tasks();
    await root.archive(7);
    expect(then.tasks()).toEqual(tasks);
    expect(tasks).toMatchObject([{ task: 'web', version: 4, state: { status: 'running' } }]);
  });

  it.each<[what: string, ask: (then: AsOf) => unknown, method: 'placeOf' | 'events']>([
    ['a state', ({ state }) => state(web), 'placeOf'],
    ['the tasks', ({ tasks }) => tasks(), 'events'],
  ])('is of its point where records before that are archived while it is made: %s', async (_, ask, method) => {
    await using root = await rootOf(1);
    const damage: unknown[] = [];
    const then = await asOf(root.log, 9, { onDamage: (found) => damage.push(found) });
    const before = ask(await asOf(root.log, 9));
    const spied = root.log[method].bind(root.log) as (...args: unknown[]) => unknown;
    vi.spyOn(root.log, method).mockImplementationOnce(((...args: unknown[]) => {
      const answer = spied(...args);
      archiveAside(root, 9);
      return answer;
    }) as never);
    expect(ask(then)).toEqual(before);
    expect(damage).toEqual([]);
    expect(root.log.base.position).toBe(8);
  });
});
