import { InvalidArgumentError, NotFoundError, ShiplogError } from '@shiplog/core';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { BadNewsError, InterruptedError, reportError } from '../src/errors.js';
import { OutputClosedError } from '../src/output/output.js';

describe('reportError', () => {
  it.each([
    ['an error of Shiplog', new NotFoundError('task web does not exist'), 125, 'task web does not exist'],
    [
      'a program that may not run',
      new ShiplogError('failed-precondition', 'permission denied', { details: { exitCode: 126 } }),
      126,
      'permission denied',
    ],
    [
      'a program that is not there',
      new NotFoundError('no such program', { details: { exitCode: 127 } }),
      127,
      'no such program',
    ],
    [
      'an exit code of a tool',
      new ShiplogError('unknown', 'runc failed', { details: { exitCode: 1 } }),
      125,
      'runc failed',
    ],
    [
      'a wrong command line',
      new CommanderError(1, 'commander.unknownOption', "error: unknown option '-x'"),
      125,
      "unknown option '-x'\n`shiplog help` shows what it takes",
    ],
    ['help', new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), 0, ''],
    ['no command at all', new CommanderError(1, 'commander.help', '(outputHelp)'), 125, ''],
    ['a reader that has gone', new OutputClosedError(), 0, ''],
    ['SIGINT', new InterruptedError(2), 130, ''],
    ['bad news', new BadNewsError('the stored state differs'), 125, 'the stored state differs'],
    [
      'the operating system',
      Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }),
      125,
      'ENOSPC: no space left',
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      125,
      'unexpected TypeError: x is not a function (SHIPLOG_DEBUG=1 shows where)',
    ],
    [
      'what came first, when the root could not be closed either',
      new SuppressedError(new Error('closing'), new NotFoundError('task web does not exist')),
      125,
      'task web does not exist',
    ],
    ['a thrown text', 'nonsense', 125, 'nonsense'],
  ])('knows %s', (_, error, exitCode, text) => {
    expect(reportError(error)).toEqual({ exitCode, text });
  });

  it('shows no stack unless asked', () => {
    const error = new InvalidArgumentError('no', { cause: new Error('because') });
    expect(reportError(error).text).toBe('no');
    const { text } = reportError(error, { debug: true });
    expect(text).toContain('InvalidArgumentError: no\n    at ');
    expect(text).toContain('caused by Error: because\n    at ');
  });

  it('points at the help of the command that was named', () => {
    const error = new CommanderError(1, 'commander.unknownOption', "error: unknown option '-x'");
    expect(reportError(error, { command: 'run' }).text).toContain('`shiplog help run` shows what it takes');
  });

  it('says what may have been meant', () => {
    const error = new CommanderError(1, 'commander.missingArgument', "error: missing required argument 'task'");
    expect(reportError(error, { command: 'ps', hint: 'try ls' }).text).toContain('shows what it takes; try ls');
  });

  it('lets no message of a program steer the terminal', () => {
    expect(reportError(new ShiplogError('unknown', 'runc: \x1b[31mno\nreally')).text).toBe(
      'runc: \\u001b[31mno\nreally',
    );
  });
});
