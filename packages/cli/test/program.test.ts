import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { auditCommands } from '../src/commands/audit.js';
import { commands } from '../src/commands/index.js';
import { runProgram } from '../src/program.js';
import { topics } from '../src/topics/index.js';
import { MemoryStream } from './memory-streams.js';

// What is refused is written down, and the host's own log is not for that.
const names = [...commands.map(({ name }) => name), ...auditCommands.map(({ name }) => `audit ${name}`)];

const folder = mkdtempSync(join(tmpdir(), 'shiplog-program-'));
const env = { SHIPLOG_ROOT: join(folder, 'root'), SHIPLOG_STATE: join(folder, 'state') };
afterAll(() => rmSync(folder, { recursive: true }));

async function shiplog(...args: readonly string[]) {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
  const exitCode = await runProgram({ args, env, streams: { stdout, stderr }, stdin: () => Readable.from([]) });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

describe('help', () => {
  it('lists every command', async () => {
    const { exitCode, stdout, stderr } = await shiplog('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const { name, aliases = [], summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${[name, ...aliases].join(', ')} +${summary}$`, 'm'));
    }
    for (const { name, summary } of topics) expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });

  it.each(names)('of %s has an example, the exit codes and the common options', async (name) => {
    const { exitCode, stdout } = await shiplog(...name.split(' '), '-h');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: shiplog ${name}`);
    expect(stdout).toMatch(new RegExp(`Examples:\n  # .+\n  shiplog .*${name}`));
    expect(stdout).toContain("125 Shiplog's own error");
    expect(stdout).toContain('--state <dir>');
  });

  it.each(['', ...names])('of shiplog %s fits a terminal of 80 columns', async (name) => {
    const { stdout } = await shiplog('help', ...name.split(' ').filter(Boolean));
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('is the same with `help COMMAND`', async () => {
    expect(await shiplog('help', 'run')).toEqual(await shiplog('run', '-h'));
    expect(await shiplog('help')).toEqual(await shiplog('-h'));
    expect(await shiplog('help', 'audit', 'diff')).toEqual(await shiplog('audit', 'diff', '-h'));
    expect(await shiplog('help', 'audit', 'report')).toEqual(await shiplog('audit', 'report', '-h'));
  });

  it.each(topics.map(({ name }) => name))('explains %s on a page that fits the terminal', async (name) => {
    const { exitCode, stdout } = await shiplog('help', name);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${name.toUpperCase()}\n\n`);
    const page = stdout.slice(stdout.indexOf(`${name.toUpperCase()}\n`));
    for (const line of page.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('of a name that is a command and a topic is both', async () => {
    const { stdout } = await shiplog('help', 'mounts');
    expect(stdout).toMatch(/^Usage: shiplog mounts[\s\S]*\nMOUNTS\n/);
  });

  it('knows an alias', async () => {
    expect(await shiplog('help', 'rm')).toEqual(await shiplog('delete', '-h'));
  });

  it('goes to stderr, as an error, where no command is given', async () => {
    const { exitCode, stdout, stderr } = await shiplog();
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toContain('Usage: shiplog');
  });
});

it('prints its version', async () => {
  expect(await shiplog('--version')).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
});

describe('a wrong command line', () => {
  it.each([
    [
      'an unknown command',
      ['rnu', 'web'],
      "shiplog: unknown command 'rnu'\n(Did you mean run?)\n`shiplog help` shows what it takes\n",
    ],
    ['an unknown command with -h', ['--json', 'attahc', '-h'], "unknown command 'attahc'"],
    [
      'what docker lists containers with',
      ['ps'],
      '`shiplog help ps` shows what it takes; `shiplog ls` lists the tasks',
    ],
    ['no task at all', ['pause'], "missing required argument 'task'"],
    ['all tasks, and one', ['delete', '--all', 'web'], '--all means every task: give it, or the IDs'],
    ['a bad time', ['stop', '-t', 'soon', 'web'], '"soon" is no time: give a number of seconds'],
    ['a topic that is mistyped', ['help', 'runtims'], "unknown command or topic 'runtims'\n(Did you mean runtimes?)"],
    [
      'an unknown command to be explained',
      ['help', 'rnu'],
      "shiplog: unknown command or topic 'rnu'\n(Did you mean run?)\n`shiplog help` shows what it takes; the topics are runtimes, io, mounts, events, audit, past, subscriptions\n",
    ],
    ['an unknown option', ['state', '--pid', 'web'], "shiplog: unknown option '--pid'"],
    ['an ID that looks like options', ['state', '-rf'], "shiplog: unknown option '-rf'"],
    ['a missing task', ['state'], "shiplog: missing required argument 'task'"],
    ['a task too many', ['ps', 'web', 'db'], 'shiplog: too many arguments'],
    ['a missing command', ['exec', 'web'], "shiplog: missing required argument 'cmd'"],
    ['a missing value', ['run', '--rootfs'], "shiplog: option '--rootfs <dir>' argument missing"],
    [
      'an empty value',
      ['run', '--rootfs', '', 'web'],
      "shiplog: option '--rootfs <dir>' argument '' is invalid. It must not be empty.",
    ],
    ['a bad amount', ['run', '--memory', 'lots', 'web'], 'shiplog: "lots" is no amount of memory'],
    ['a bad mount', ['run', '--mount', 'type=bind', 'web'], 'shiplog: mount "type=bind"'],
    ['a bad variable', ['run', '--env', '=secret', 'web'], 'shiplog: an environment variable needs a name'],
    ['a bad signal', ['kill', '-s', 'NOPE', 'web'], 'shiplog: "NOPE" is no signal'],
    [
      'a signal as kill(1) has it',
      ['kill', '-15', 'web'],
      "unknown option '-15': a signal is given with -s, as in -s 15",
    ],
    ['a group without a command', ['audit'], 'Usage: shiplog audit'],
    ['an unknown command of a group', ['audit', 'raport'], "unknown command 'raport'\n(Did you mean report?)"],
    ['what a command of a group needs', ['audit', 'report'], '`shiplog help audit report` shows what it takes'],
    ['an unknown command of a group to be explained', ['help', 'audit', 'raport'], "unknown command 'raport'"],
    ['an empty value of a command of a group', ['audit', 'checkpoint', '--key', ''], 'It must not be empty'],
    ['seconds without their flag', ['stop', '-5', 'web'], "unknown option '-5': seconds are given with -t, as in -t 5"],
    ['lines as docker has them', ['logs', '-n', '3', 'web'], '; -n is the namespace, and the last ones are --tail 3\n'],
    ['a number where a task is created', ['run', '-5', 'web'], "shiplog: unknown option '-5'\n"],
    ['a group without a command', ['audit'], 'Usage: shiplog audit'],
    ['an unknown command of a group', ['audit', 'dif'], "unknown command 'dif'\n(Did you mean diff?)"],
    ['what a command of a group needs', ['audit', 'diff'], '`shiplog help audit diff` shows what it takes'],
    ['an unknown command of a group to be explained', ['help', 'audit', 'dif'], "unknown command 'dif'"],
    [
      'a bad point',
      ['tasks', '--at', 'yesterday'],
      'shiplog: "yesterday" is no point of the log: give a position (120)',
    ],
    ['a position beyond the end', ['tasks', '--at', '99999'], 'shiplog: position 99999 is beyond the end of the log'],
    ['a bad position', ['events', '--from', 'x'], 'shiplog: "x" is no position in the log'],
    [
      'flags that exclude each other',
      ['run', '--rootfs', '/a', '--bundle', '/b', 'web'],
      "shiplog: option '--rootfs <dir>' cannot be used with option '--bundle <dir>'",
    ],
    [
      'a verification of what was',
      ['replay', '--verify', '--until', '3'],
      'shiplog: --verify goes without --until: only the state after the last event is stored\n',
    ],
  ])('ends with 125: %s', async (_, args, text) => {
    const { exitCode, stdout, stderr } = await shiplog(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('    at ');
  });

  it('is told from an empty namespace where the last events were meant', async () => {
    const { exitCode, stderr } = await shiplog('events', '-n', '5');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'shiplog: namespace 5 has no such events; -n is the namespace, and the last ones are --tail 5\n',
    });
    expect((await shiplog('events', '-n', 'five')).stderr).toBe('');
  });

  it('repeats no value that may be a secret', async () => {
    expect((await shiplog('run', '--env', '=secret', 'web')).stderr).not.toContain('secret');
  });
});
