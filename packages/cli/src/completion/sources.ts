/** The values that are asked of the log and of the plugins: quickly, and touching nothing. */
import { constants } from 'node:os';
import { join } from 'node:path';
import {
  type EventLog,
  LmdbEventLog,
  liveStreams,
  logTopics,
  shredTopics,
  storedStates,
  taskKey,
  taskProjection,
  taskTopics,
  tryDecodeState,
  type VersionedState,
} from '@shiplog/core';
import type { Command } from 'commander';
import { commonOptionsFrom } from '../common-options.js';
import { runtimePlugins } from '../plugins.js';
import { topics } from '../topics/index.js';
import type { Candidate, Sources, Typed } from './complete.js';

interface Known {
  readonly namespace: string;
  readonly task: string;
  readonly state: VersionedState['state'];
}

export function sourcesOf(program: Command, env: NodeJS.ProcessEnv): Sources {
  const inNamespace = ({ values }: Typed) => {
    const { root, namespace } = commonOptionsFrom(values, env);
    return fromLog(root, (log) => tasksOf(log, namespace));
  };
  return {
    task: async (typed) => (await inNamespace(typed)).map(({ task, state }) => candidate(task, state.status)),
    exec: async (typed) => (await inNamespace(typed)).flatMap((stream) => execsOf(stream, typed.operands)),
    namespace: async ({ values }) => (await fromLog(commonOptionsFrom(values, env).root, namespacesOf)).map(plain),
    subscription: async ({ values }) => fromLog(commonOptionsFrom(values, env).root, subscriptionsOf),
    runtime: async () => runtimePlugins.map(({ id }) => plain(id)),
    signal: async () => Object.keys(constants.signals).map((name) => plain(name.replace(/^SIG/, ''))),
    type: async () => [...taskTopics, ...shredTopics, ...logTopics].map(plain),
    subject: async () => [
      ...program.commands.map((command) => candidate(command.name(), command.summary())),
      ...topics
        .filter(({ name }) => !program.commands.some((command) => command.name() === name))
        .map(({ name, summary }) => candidate(name, summary)),
    ],
  };
}

function candidate(value: string, description: string): Candidate {
  return { value, description };
}

function plain(value: string): Candidate {
  return candidate(value, '');
}

/** Of the task that is typed already, or of all. */
function execsOf({ task, state }: Known, operands: readonly string[]): readonly Candidate[] {
  if (!('execs' in state) || (operands[0] !== undefined && operands[0] !== task)) return [];
  return Object.values(state.execs).map(({ execId, status }) => candidate(execId, `${status}, in ${task}`));
}

/** A root that is not there, or that cannot be read, has nothing; the next Enter will say why. */
async function fromLog<T>(root: string, look: (log: EventLog) => readonly T[]): Promise<readonly T[]> {
  try {
    await using log = await LmdbEventLog.open(join(root, 'log'), { readOnly: true });
    return look(log);
  } catch {
    return [];
  }
}

function tasksOf(log: EventLog, namespace: string): readonly Known[] {
  return liveStreams(log, namespace).flatMap((stream) => {
    const known = tryDecodeState(log.projected(taskProjection.name, taskKey(stream)));
    return known ? [{ ...stream, state: known.state }] : [];
  });
}

function subscriptionsOf(log: EventLog): readonly Candidate[] {
  return log.cursors.all().map(({ name, position }) => candidate(name, `acknowledged ${position} of ${log.head()}`));
}

function namespacesOf(log: EventLog): readonly string[] {
  return [...new Set(Array.from(storedStates(log), ([key]) => key.slice(0, key.indexOf('/'))))];
}
