/** Every command, in the order of the help. */
import type { CommandEntry } from '../command.js';
import { topics } from '../topics/index.js';

export const commands: readonly CommandEntry[] = [
  { name: 'run', summary: 'create and start a task, and wait for it', load: () => import('./run.js') },
  { name: 'create', summary: 'create a task; start starts it', load: () => import('./create.js') },
  { name: 'start', summary: 'start a created task', load: () => import('./start.js') },
  { name: 'wait', summary: 'wait until a task has ended', load: () => import('./wait.js') },
  {
    name: 'state',
    aliases: ['inspect'],
    summary: 'show the state of a task',
    load: () => import('./state.js'),
  },
  {
    name: 'kill',
    summary: 'send a signal to a task',
    bareNumber: (number) => `a signal is given with -s, as in -s ${number}`,
    load: () => import('./kill.js'),
  },
  {
    name: 'stop',
    summary: 'ask a task to end, and kill it if it does not',
    bareNumber: (number) => `seconds are given with -t, as in -t ${number}`,
    load: () => import('./stop.js'),
  },
  { name: 'pause', summary: 'freeze the processes of a task', load: () => import('./pause.js') },
  {
    name: 'resume',
    aliases: ['unpause'],
    summary: 'let a paused task go on',
    load: () => import('./resume.js'),
  },
  { name: 'update', summary: 'change the resource limits of a task', load: () => import('./update.js') },
  {
    name: 'checkpoint',
    summary: 'write the processes of a task to a folder',
    load: () => import('./checkpoint.js'),
  },
  { name: 'restore', summary: 'let a task go on from a checkpoint', load: () => import('./restore.js') },
  { name: 'attach', summary: 'be at the keys of a task again', load: () => import('./attach.js') },
  { name: 'exec', summary: 'run a command in a task', load: () => import('./exec.js') },
  {
    name: 'ps',
    aliases: ['top'],
    summary: 'list the processes of a task',
    confusedWith: '`shiplog ls` lists the tasks',
    load: () => import('./ps.js'),
  },
  {
    name: 'stats',
    summary: 'show what tasks use, second by second',
    load: () => import('./stats.js'),
  },
  { name: 'logs', summary: 'print the output of a task', load: () => import('./logs.js') },
  {
    name: 'delete',
    aliases: ['rm'],
    summary: 'delete a task that has ended',
    load: () => import('./delete.js'),
  },
  { name: 'swap', summary: 'create a task anew on another runtime', load: () => import('./swap.js') },
  {
    name: 'tasks',
    aliases: ['ls', 'list'],
    summary: 'list tasks',
    load: () => import('./tasks.js'),
  },
  { name: 'events', summary: 'print the event log', load: () => import('./events.js') },
  { name: 'replay', summary: 'make the state of tasks from their events', load: () => import('./replay.js') },
  { name: 'feed', summary: 'hand the log to event sinks and task monitors', load: () => import('./feed.js') },
  { name: 'audit', summary: 'make evidence of the log', load: () => import('./audit.js') },
  {
    name: 'subscriptions',
    summary: 'list readers of the log, and how far they are',
    load: () => import('./subscriptions.js'),
  },
  {
    name: 'doctor',
    summary: 'tell what is wrong here, and mend it',
    looksAtPlugins: true,
    load: () => import('./doctor.js'),
  },
  { name: 'mounts', summary: 'list mounts that were made for tasks', load: () => import('./mounts.js') },
  {
    name: 'plugins',
    summary: 'list plugins and what became of them',
    looksAtPlugins: true,
    load: () => import('./plugins.js'),
  },
  {
    name: 'conformance',
    summary: 'check a plugin by the rules of its kind',
    load: () => import('./conformance.js'),
  },
  { name: 'version', summary: 'print the versions of all that is at work', load: () => import('./version.js') },
  {
    name: 'completion',
    summary: 'print a script for the completions of a shell',
    load: () => import('./completion.js'),
  },
  {
    name: 'help',
    summary: 'explain a command or a topic',
    confusedWith: `the topics are ${topics.map(({ name }) => name).join(', ')}`,
    load: () => import('./help.js'),
  },
];
