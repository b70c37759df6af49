import { mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailedPreconditionError, InvalidArgumentError, NotImplementedError, type Stdio } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stdioArgsOf } from '../src/monitor.js';
import { assertSameTerminal, openStdio, planStdio } from '../src/stdio.js';

const io = (given: Partial<Stdio>): Stdio => ({ stdin: '', stdout: '', stderr: '', terminal: false, ...given });

describe('a plan', () => {
  test.each([
    ['nothing is the log', {}, { kind: 'log', stdin: 'none', terminal: false }],
    ['a terminal is in the log, too', { terminal: true }, { kind: 'log', stdin: 'none', terminal: true }],
    ['a stdin for one', { stdin: 'attach://once' }, { kind: 'log', stdin: 'once', terminal: false }],
    ['a stdin for many', { stdin: 'attach://keep' }, { kind: 'log', stdin: 'keep', terminal: false }],
    ['stdout alone takes stderr along', { stdout: 'file:///a' }, { kind: 'files', stdout: '/a', stderr: '/a' }],
    ['each has its file', { stdout: 'file:///a', stderr: 'file:///b' }, { kind: 'files', stdout: '/a', stderr: '/b' }],
    ['stderr alone leaves stdout nowhere', { stderr: 'file:///b' }, { kind: 'files', stdout: null, stderr: '/b' }],
    ['paths are made straight', { stdout: 'file:///a/./b//c' }, { kind: 'files', stdout: '/a/b/c', stderr: '/a/b/c' }],
  ])('%s', (_name, given, plan) => {
    expect(planStdio(io(given))).toEqual(plan);
  });

  test.each([
    { stdin: '/run/fifo' },
    { stdout: '/run/fifo' },
    { stdout: 'fifo:///run/fifo' },
    { stdout: 'binary:///bin/logger?x=y' },
  ])('is not there yet for %j', (given) => {
    expect(() => planStdio(io(given))).toThrow(NotImplementedError);
  });

  test.each([
    { stdout: 'relative' },
    { stdout: 'file:relative' },
    { stdout: 'file://relative' },
    { stdout: 'http://example.com' },
    { stdout: 'file:///a', stderr: 'relative' },
    { stdout: 'constructor://x' },
    { stdout: 'file:///a', terminal: true },
    { stderr: 'file:///a', stdin: 'attach://once' },
  ])('makes no sense for %j', (given) => {
    expect(() => planStdio(io(given))).toThrow(InvalidArgumentError);
  });
});

test.each([
  ['files', { stdout: 'file:///a' }, ['--log-path=passthrough']],
  ['the log', {}, ['--log-path=k8s-file:log']],
  ['a terminal', { terminal: true, stdin: 'attach://once' }, ['--log-path=k8s-file:log', '--terminal']],
  ['a stdin for one', { stdin: 'attach://once' }, ['--log-path=k8s-file:log', '--stdin']],
  ['a stdin for many', { stdin: 'attach://keep' }, ['--log-path=k8s-file:log', '--stdin', '--leave-stdin-open']],
])('to conmon, %s', (_name, given, args) => {
  expect(stdioArgsOf(planStdio(io(given)))).toEqual(args);
});

test('io and process have to agree on the terminal', () => {
  for (const terminal of [true, false]) {
    assertSameTerminal(io({ terminal }), { terminal });
    expect(() => assertSameTerminal(io({ terminal }), { terminal: !terminal })).toThrow(InvalidArgumentError);
  }
  assertSameTerminal(io({}), {});
});

describe('opened', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shiplog-stdio-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('files are made with the folders on the way, for their owner alone, and appended to', () => {
    const path = join(folder, 'made', 'here.log');
    for (const word of ['one ', 'two']) {
      using open = openStdio({ kind: 'files', stdout: path, stderr: null });
      writeSync(open.stdout as number, word);
    }
    expect(readFileSync(path, 'utf8')).toBe('one two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('one file for both is one descriptor', () => {
    const path = join(folder, 'both.log');
    using open = openStdio({ kind: 'files', stdout: path, stderr: path });
    expect(open.stdout).toBe(open.stderr);
  });

  test('a file that cannot be opened is named', () => {
    expect(() => openStdio({ kind: 'files', stdout: folder, stderr: null })).toThrow(FailedPreconditionError);
    expect(() => openStdio({ kind: 'files', stdout: '/proc/none/x/y', stderr: null })).toThrow(/\/proc\/none\/x\/y/);
  });
});
