import { ShiplogError } from '@shiplog/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastErrorLine, parseExitStatus, parsePid, parsePids, parseState, parseSyncMessage } from '../src/parse.js';

describe('the state of a container', () => {
  test('as runc and crun print it', () => {
    const runc = '{"ociVersion":"1.0.2-dev","id":"u1","pid":12978,"status":"paused","bundle":"/b","owner":""}';
    expect(parseState(runc)).toEqual({ status: 'paused', pid: 12978 });
    expect(parseState('{\n "id": "u1",\n "pid": 0,\n "status": "stopped"\n}\n')).toEqual({ status: 'stopped', pid: 0 });
  });

  test.each(['', '{}', '[]', 'null', '{"status":"dancing"}', '{"status":7}', 'container does not exist'])(
    'is not %j, and the error shows it',
    (text) => {
      expect(() => parseState(text)).toThrow(/expected the state of a container, got "/);
    },
  );

  test('is not shown at length when it is none', () => {
    expect(() => parseState('x'.repeat(10_000))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,300}$/) }),
    );
  });
});

describe('pids', () => {
  test('as runc and crun print them', () => {
    expect(parsePids('[12978,13001]')).toEqual([12978, 13001]);
    expect(parsePids('[\n  12939\n]\n')).toEqual([12939]);
    expect(parsePids('null')).toEqual([]);
    expect(parsePids('[]')).toEqual([]);
  });

  test.each(['', '{}', '[0]', '[-1]', '["1"]', '[1.5]', 'no'])('are not %j', (text) => {
    expect(() => parsePids(text)).toThrow(/expected a list of pids/);
  });
});

describe('a message of conmon', () => {
  test('tells a pid, or a failure in the words of the runtime', () => {
    expect(parseSyncMessage('{"data": 4711}')).toEqual({ pid: 4711 });
    expect(parseSyncMessage('{"data": -1, "message": "exec: \\"nope\\": not found\\n"}')).toEqual({
      failure: 'exec: "nope": not found\n',
    });
    expect(parseSyncMessage('{"data": -1}')).toEqual({ failure: '' });
    expect(parseSyncMessage('{"data": 0}')).toEqual({ failure: '' });
  });

  test('is read as far as it goes where conmon escapes too little', () => {
    expect(parseSyncMessage('{"data": -1, "message": "odd \u001f byte"}')).toEqual({ failure: 'odd \u001f byte' });
  });

  test.each(['', 'hello', '{}', '{"data": "x"}', '{"pid": 3}', '[]'])('is not %j', (line) => {
    expect(() => parseSyncMessage(line)).toThrow(/expected a message of conmon/);
  });
});

describe('files', () => {
  test.each([
    ['0', 0],
    ['7\n', 7],
    ['137', 137],
    ['255', 255],
    ['256', undefined],
    ['-1', undefined],
    ['', undefined],
    ['1e2', undefined],
    ['seven', undefined],
  ])('the exit status in %j is %j', (text, status) => {
    expect(parseExitStatus(text)).toBe(status);
  });

  test.each([
    ['12', 12],
    ['12\n', 12],
    ['0', undefined],
    ['', undefined],
    ['-3', undefined],
    ['1x', undefined],
  ])('the pid in %j is %j', (text, pid) => {
    expect(parsePid(text)).toBe(pid);
  });
});

describe('the last error line', () => {
  const noise = '{"level":"warning","msg":"DEPRECATED"}\n{"level":"error","msg":"Failed to remove cgroup"}\n';
  test.each([
    [
      'of a JSON log is its last error',
      `${noise}{"level":"error","msg":"runc create failed: boom"}\n`,
      'runc create failed: boom',
    ],
    ['is no warning that came after it', `{"level":"error","msg":"boom"}\n{"level":"warning","msg":"also"}\n`, 'boom'],
    [
      'of crun',
      '{"msg":"open executable: Permission denied","level":"error","time":"t"}',
      'open executable: Permission denied',
    ],
    [
      'of a crun that takes several lines for an entry',
      '{\n  "msg": "boom",\n  "level": "error",\n  "time": "t"\n}\n{\n  "msg": "also",\n  "level": "warning"\n}\n',
      'boom',
    ],
    ['of a log in logrus’s own form', 'time="t" level=error msg="exec: \\"x\\": no"', 'exec: "x": no'],
    ['of plain text is its last line', 'one\ntwo\n\n', 'two'],
    ['of nothing is empty', '\n \n', ''],
  ])('%s', (_name, log, line) => {
    expect(lastErrorLine(log)).toBe(line);
  });
});

test('whatever comes in, parsers answer or throw errors of ours', () => {
  const parsers = [parseState, parsePids, parseSyncMessage, parseExitStatus, parsePid, lastErrorLine];
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => {
      for (const parse of parsers) {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ShiplogError);
        }
      }
    }),
  );
});
