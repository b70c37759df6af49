import { describe, expect, it } from 'vitest';
import { Output, OutputClosedError } from '../../src/output/output.js';
import { printableLines } from '../../src/output/printable.js';
import { paintFor } from '../../src/output/style.js';
import { BrokenPipe, MemoryStream } from '../memory-streams.js';

function open(isTTY = false, env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [new MemoryStream({ isTTY, columns: 40 }), new MemoryStream()];
  return { stdout, stderr, output: new Output({ stdout, stderr }, env) };
}

describe('Output', () => {
  it('keeps data and talk apart', async () => {
    const { stdout, stderr, output } = open();
    await output.line('data');
    output.talk('words');
    expect(stdout.text).toBe('data\n');
    expect(stderr.text).toBe('shiplog: words\n');
  });

  it('prints JSON as one line an object', async () => {
    const { stdout, output } = open();
    await output.json({ text: 'two\nlines' });
    await output.json([1]);
    expect(stdout.text).toBe('{"text":"two\\nlines"}\n[1]\n');
  });

  it('prints many lines, all of them', async () => {
    const { stdout, output } = open();
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    await output.lines(lines);
    expect(stdout.text).toBe(`${lines.join('\n')}\n`);
  });

  it('prints keys and values, and leaves out what is undefined', async () => {
    const { stdout, output } = open();
    await output.keyValues({ id: 'web', pid: 7, exitStatus: undefined, stdout: '', odd: 'a\nb' });
    expect(stdout.text).toBe('id: web\npid: 7\nstdout:\nodd: a\\u000ab\n');
  });

  it('says when nobody reads any more', async () => {
    const output = new Output({ stdout: new BrokenPipe(), stderr: new MemoryStream() }, {});
    await expect(output.line('data')).rejects.toThrow(OutputClosedError);
    await expect(output.line('more')).rejects.toThrow(OutputClosedError);
    await output.flush();
  });

  it('does not care who reads its talk', async () => {
    const output = new Output({ stdout: new MemoryStream(), stderr: new BrokenPipe() }, {});
    output.talk('words');
    await output.errorBytes(Buffer.from('bytes'));
    await output.flush();
  });

  it('knows a width only on a terminal', () => {
    expect(open(true).output.width).toBe(40);
    expect(open(false).output.width).toBeUndefined();
  });
});

describe('paintFor', () => {
  const tty = { isTTY: true };

  it('is in colour on a terminal', () => {
    expect(paintFor(tty, {})('running', 'good')).toBe('\x1b[32mrunning\x1b[39m');
    expect(paintFor(tty, { NO_COLOR: '' })('running', 'good')).toContain('\x1b[');
  });

  it.each([
    ['it is no terminal', {}, { FORCE_COLOR: '1' }],
    ['the terminal is dumb', tty, { FORCE_COLOR: 'true', TERM: 'dumb' }],
  ])('is in colour where FORCE_COLOR asks for it, and %s', (_, stream, env) => {
    expect(paintFor(stream, env)('running', 'good')).toBe('\x1b[32mrunning\x1b[39m');
  });

  it.each([
    ['NO_COLOR is set', tty, { NO_COLOR: '1' }],
    ['the terminal is dumb', tty, { TERM: 'dumb' }],
    ['it is no terminal', {}, {}],
    ['it is no terminal, and FORCE_COLOR is empty', {}, { FORCE_COLOR: '' }],
    ['NO_COLOR is set, whatever FORCE_COLOR says', tty, { NO_COLOR: '1', FORCE_COLOR: '1' }],
    ['FORCE_COLOR is 0', tty, { FORCE_COLOR: '0' }],
    ['FORCE_COLOR is false', tty, { FORCE_COLOR: 'false' }],
  ])('is plain where %s', (_, stream, env) => {
    expect(paintFor(stream, env)('running', 'good')).toBe('running');
  });
});

describe('printableLines', () => {
  it('keeps lines, and nothing else that steers', () => {
    expect(printableLines('one\ntwo\t\x1b[31m\u009b\n')).toBe('one\ntwo\\u0009\\u001b[31m\\u009b');
  });
});
