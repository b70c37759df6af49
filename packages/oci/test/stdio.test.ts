import { InvalidArgumentError, type Stdio } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { stdioArgsOf } from '../src/monitor.js';
import { assertSameTerminal, planStdio } from '../src/stdio.js';

const io = (given: Partial<Stdio>): Stdio => ({ stdin: '', stdout: '', stderr: '', terminal: false, ...given });

const file = (path: string) => ({ kind: 'file', path });
const fifo = (path: string) => ({ kind: 'fifo', path });
const handed = (stdout: unknown, stderr: unknown) => ({ kind: 'handed', stdin: null, stdout, stderr });
const logger = (program: string, ...args: string[]) => ({
  kind: 'logger',
  stdin: null,
  logger: { file: program, args },
});

describe('a plan', () => {
  test.each([
    ['nothing is the log', {}, { kind: 'log', stdin: 'none', terminal: false }],
    ['a terminal is in the log, too', { terminal: true }, { kind: 'log', stdin: 'none', terminal: true }],
    ['a stdin for one', { stdin: 'attach://once' }, { kind: 'log', stdin: 'once', terminal: false }],
    ['a stdin for many', { stdin: 'attach://keep' }, { kind: 'log', stdin: 'keep', terminal: false }],
    ['stdout alone takes stderr along', { stdout: 'file:///a' }, handed(file('/a'), file('/a'))],
    ['each has its file', { stdout: 'file:///a', stderr: 'file:///b' }, handed(file('/a'), file('/b'))],
    ['stderr alone leaves stdout nowhere', { stderr: 'file:///b' }, handed(null, file('/b'))],
    ["a URI's path is decoded", { stdout: 'file:///a%20b%25' }, handed(file('/a b%'), file('/a b%'))],
    [
      'a path without a scheme is none',
      { stdout: '/a%20b', stderr: 'fifo:///c%20d' },
      handed(fifo('/a%20b'), fifo('/c d')),
    ],
    ['paths are made straight', { stdout: 'file:///a/./b//c' }, handed(file('/a/b/c'), file('/a/b/c'))],
    ['a path is a fifo, and stderr goes nowhere', { stdout: '/a' }, handed(fifo('/a'), null)],
    ['a fifo may have a scheme', { stderr: 'fifo:///a' }, handed(null, fifo('/a'))],
    ['a fifo goes with a file', { stdout: '/a', stderr: 'file:///b' }, handed(fifo('/a'), file('/b'))],
    ['stdin may be a fifo', { stdin: '/in', stdout: 'file:///a' }, { ...handed(file('/a'), file('/a')), stdin: '/in' }],
    ['a logger', { stdout: 'binary:///bin/log' }, logger('/bin/log')],
    ['a logger may be named twice', { stdout: 'binary:///l', stderr: 'binary:///l' }, logger('/l')],
    [
      'of a key the first value counts, as in containerd',
      { stdin: 'fifo:///in', stdout: 'binary:///a%20b/log?tag=x+y&empty=&tag=z&bare&path=%2Fc' },
      { ...logger('/a b/log', 'tag', 'x y', 'empty', '', 'bare', '', 'path', '/c'), stdin: '/in' },
    ],
  ])('%s', (_name, given, plan) => {
    expect(planStdio(io(given))).toEqual(plan);
  });

  test.each([
    { stdout: 'relative' },
    { stdout: 'file:relative' },
    { stdout: 'file://relative' },
    { stdout: 'file:///100%' },
    { stdout: 'file:///%00' },
    { stdout: 'http://example.com' },
    { stdout: 'file:///a', stderr: 'relative' },
    { stdout: 'constructor://x' },
    { stdout: 'file:///a', terminal: true },
    { stderr: 'file:///a', stdin: 'attach://once' },
    { stdin: '/run/fifo' },
    { stdin: 'file:///a', stdout: '/b' },
    { stdin: 'relative' },
    { stdout: '/run/fifo', terminal: true },
    { stdout: 'fifo://relative' },
    { stdout: '/a', stderr: 'binary:///b' },
    { stdout: 'binary:///a', stderr: 'file:///b' },
    { stderr: 'binary:///a' },
    { stdout: 'binary://host/a' },
    { stdout: 'binary:///a%zz' },
    { stdout: 'binary:///a%00' },
  ])('makes no sense for %j', (given) => {
    expect(() => planStdio(io(given))).toThrow(InvalidArgumentError);
  });
});

test.each([
  ['a file', { stdout: 'file:///a' }, ['--log-path=passthrough']],
  ['a logger', { stdout: 'binary:///a' }, ['--log-path=passthrough']],
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
