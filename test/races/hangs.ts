/** A race with a runtime that hangs: a deadline ends the call, and what came of it is found out. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallContext, type ManagedTask, marshalAny, type Status, typeUrls } from '@shiplog/core';
import { findProgram, ociOptionsType } from '@shiplog/oci';
import type { Race } from './race.ts';
import { outcome, type RaceBench } from './race-bench.ts';

const SIGKILL = 9;
const pids = marshalAny(typeUrls.linuxResources, { pids: { limit: 77 } });

/** What the runtime hangs at: its own word, what the task is then, and what it is once the runtime has done it. */
const calls = [
  ['start', 'created', 'running', (task, context) => task.start(context)],
  ['pause', 'running', 'paused', (task, context) => task.pause(context)],
  ['resume', 'paused', 'running', (task, context) => task.resume(context)],
  ['update', 'running', 'running', (task, context) => task.update(pids, context)],
  ['kill', 'running', 'stopped', (task, context) => task.kill(SIGKILL, {}, context)],
  ['exec', 'running', 'running', startExec],
  ['delete', 'stopped', 'stopped', (task, context, bench) => deleteIn(bench, task, context)],
] as const satisfies readonly (readonly [verb: string, before: Status, after: Status, call: Call])[];

type Call = (task: ManagedTask, context: CallContext, bench: RaceBench) => Promise<unknown>;

async function startExec(task: ManagedTask, context: CallContext, bench: RaceBench): Promise<void> {
  const exec = await task.exec('side', bench.process('sleep', '1000'));
  await exec.start(context);
}

const deleteIn = (bench: RaceBench, { id }: ManagedTask, context: CallContext) =>
  bench.owners[0].runtime.delete(id, context);

export const hangingRuntime: Race = {
  name: 'a runtime that hangs',
  rounds: 1,
  async run(bench, chance) {
    // All at once: each takes the seconds that a change which has begun is given to come to its end.
    const times = ['before', 'after'] as const;
    await Promise.all(times.flatMap((when) => calls.map((call) => hangAt(bench, 50 + chance.below(150), when, call))));
  },
};

async function hangAt(
  bench: RaceBench,
  ms: number,
  when: 'before' | 'after',
  [verb, before, after, call]: (typeof calls)[number],
): Promise<void> {
  const { binary, folder } = hanging(bench);
  const taskOptions = marshalAny(ociOptionsType, { binary });
  const task = await bench.create({ ...bench.opts(['sleep', '1000']), taskOptions });
  await bring(task, before);
  const stuck = join(folder, task.id);
  writeFileSync(stuck, `${verb} ${when}\n`);
  const late = await outcome(call(task, { deadline: Date.now() + ms }, bench), 'deadline-exceeded');
  assert.equal(late, 'deadline-exceeded', `${verb}, ${when}`);
  rmSync(stuck);
  const isDone = existsSync(`${stuck}.done`);
  // A monitor tells of an end in its own time.
  if (verb === 'kill' && isDone) await task.wait();
  // On a busy machine it may have been given up in the middle of its work.
  const possible: readonly Status[] = when === 'before' ? [before] : isDone ? [after] : [before, after];
  const { status } = await task.state();
  assert.ok(possible.includes(status), `${verb}, ${when}: it is ${status}`);
  await bring(task, 'stopped');
  await bench.delete(task);
}

/** From any status to this one. */
async function bring(task: ManagedTask, status: Status): Promise<void> {
  const now = (await task.state()).status;
  if (now === status) return;
  if (now === 'created') await task.start();
  if (status === 'paused') await task.pause();
  if (status !== 'stopped') return;
  await outcome(task.kill(SIGKILL), 'not-found');
  assert.partialDeepStrictEqual(await task.wait(), { status: 128 + SIGKILL, certainty: 'observed' });
}

/**
 * The real runtime, but for calls that name a task which has a file in the folder: `VERB before` hangs in place of the
 * call, `VERB after` when it is done, and leaves a mark.
 */
function hanging({ dir, plugin }: RaceBench): { readonly binary: string; readonly folder: string } {
  const folder = join(dir, 'stuck');
  const binary = join(dir, 'hanging-runtime');
  mkdirSync(folder, { recursive: true });
  const real = findProgram(plugin.id.includes('runc') ? 'runc' : 'crun');
  const script = `#!/bin/sh
    for word; do
      read -r verb when 2>/dev/null <"${folder}/$word" || continue
      for called; do
        [ "$called" = "$verb" ] || continue
        [ "$when" = before ] && exec sleep 1000
        "${real}" "$@" && touch "${folder}/$word.done"
        exec sleep 1000
      done
    done
    exec "${real}" "$@"
  `;
  if (!existsSync(binary)) writeFileSync(binary, script, { mode: 0o755 });
  return { binary, folder };
}
