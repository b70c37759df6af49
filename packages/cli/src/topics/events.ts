import type { LogTopic, PluginTopic, shredTopics, TaskTopic } from '@shiplog/core';

const ofTasks = {
  '/tasks/create-requested': 'somebody wants a task',
  '/tasks/create': 'it is there, and has a pid',
  '/tasks/create-failed': 'it could not be made',
  '/tasks/start-requested': 'somebody wants it started',
  '/tasks/start': 'its program runs',
  '/tasks/start-failed': 'its program could not be run',
  '/tasks/exit': 'a process has ended, with this exit code',
  '/tasks/oom': 'the kernel killed for want of memory',
  '/tasks/kill-requested': 'somebody sends a signal',
  '/tasks/signalled': 'it was sent',
  '/tasks/kill-failed': 'it could not be sent',
  '/tasks/pause-requested': 'somebody wants it frozen',
  '/tasks/paused': 'it is',
  '/tasks/pause-failed': 'it could not be',
  '/tasks/resume-requested': 'somebody wants it to go on',
  '/tasks/resumed': 'it does',
  '/tasks/resume-failed': 'it could not',
  '/tasks/update-requested': 'somebody changes its limits',
  '/tasks/updated': 'they are changed',
  '/tasks/update-failed': 'they could not be',
  '/tasks/checkpoint-requested': 'somebody wants a checkpoint',
  '/tasks/checkpointed': 'it is written',
  '/tasks/checkpoint-failed': 'it could not be',
  '/tasks/exec-requested': 'somebody wants one more process',
  '/tasks/exec-added': 'it is ready to be started',
  '/tasks/exec-failed': 'it could not be made ready',
  '/tasks/exec-start-requested': 'somebody wants it started',
  '/tasks/exec-started': 'it runs',
  '/tasks/exec-start-failed': 'it could not be run',
  '/tasks/delete-requested': 'somebody wants it gone',
  '/tasks/delete': 'nothing of it is left on the host',
  '/tasks/delete-failed': 'something is',
  '/tasks/rejected': 'a command was refused, and nothing was touched',
  '/mounts/activate-requested': 'a root file system is to be mounted',
  '/mounts/activated': 'it is',
  '/mounts/activate-failed': 'it could not be',
  '/mounts/deactivate-requested': 'it is to be unmounted',
  '/mounts/deactivated': 'it is',
  '/mounts/deactivate-failed': 'it could not be',
  '/recovery/claimed': 'its process is gone; another settles it',
  '/recovery/clean-requested': 'what a deleted task has left is to go',
  '/recovery/cleaned': 'it is taken away',
  '/recovery/clean-failed': 'it could not be',
  '/plugins/loaded': 'a plugin is at work, for the first time or anew',
  '/plugins/skipped': 'this host lacks what it needs',
  '/plugins/failed': 'it is broken',
  '/plugins/disposed': 'a process that stayed has let go of it',
  '/plugins/dispose-failed': 'it could not',
} as const satisfies Record<TaskTopic | PluginTopic, string>;

/** Of no task, but of the log itself. */
const ofTheLog = {
  '/audit/shred-requested': 'somebody wants payloads destroyed',
  '/audit/shredded': 'they are, and their records stay',
  '/audit/shred-failed': 'they could not be',
  '/audit/archived': 'records went to a file',
  '/audit/backup-requested': 'somebody wants a copy of the log',
  '/audit/backed-up': 'it is made',
  '/audit/backup-failed': 'it could not be',
} as const satisfies Record<(typeof shredTopics)[number] | LogTopic, string>;

const meanings: readonly (readonly [string, string])[] = [...Object.entries(ofTasks), ...Object.entries(ofTheLog)];

export function page(): string {
  const width = Math.max(...meanings.map(([topic]) => topic.length));
  return `EVENTS

Every change of a task is an event, on disk before the command that asked for
it returns. Whatever touches the machine stands between a request (who wants
what) and its outcome (a fact, or a failure with its cause):

${meanings.map(([topic, meaning]) => `  ${topic.padEnd(width)}  ${meaning}`).join('\n')}

  shiplog events --task web                      the story of one task
  shiplog events --follow --type exit            who ends, from now on
  shiplog events --since 1h --type '*-failed'    what went wrong in this hour
  shiplog events -v --filter user=ada            what somebody did, and how

--json has everything of an event: position (its place in the log), time,
namespace, task, type, actor (who: uid, login uid, pid, command line, user,
ticket), runtime, its version and configuration, and the event itself. A
program that goes on where it stopped keeps the position of the last event
that it has dealt with, and begins with --from that position plus one.

An exit is observed, inferred (evidence says from what) or unknown: never
invented. \`shiplog replay --verify\` proves that the state of every task is
what its events say.`;
}
