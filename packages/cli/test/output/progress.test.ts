import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Output } from '../../src/output/output.js';
import { MemoryStream } from '../memory-streams.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const erased = '\r\u001b[K';

function open(isTTY = true, env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream({ isTTY, columns: 24 })];
  const work = Promise.withResolvers<string>();
  const output = new Output({ stdout, stderr }, env);
  return { output, stdout, stderr, work };
}

describe('what takes long', () => {
  it('is said from the first second on, anew at each, and taken back when it is done', async () => {
    const { output, stderr, work } = open();
    let step = 1;
    const done = output.during(() => `step ${step}`, work.promise);
    vi.advanceTimersByTime(999);
    expect(stderr.text).toBe('');
    vi.advanceTimersByTime(1);
    step = 2;
    vi.advanceTimersByTime(1_000);
    work.resolve('result');
    expect(await done).toBe('result');
    expect(stderr.text).toBe(`${erased}step 1 (1 s)${erased}step 2 (2 s)${erased}`);
    vi.advanceTimersByTime(10_000);
    expect(stderr.text).toBe(`${erased}step 1 (1 s)${erased}step 2 (2 s)${erased}`);
  });

  it('gives way to data and talk, and comes back', async () => {
    const { output, stderr, work } = open();
    const done = output.during(() => 'busy', work.promise);
    vi.advanceTimersByTime(1_000);
    output.talk('words');
    await output.line('data');
    vi.advanceTimersByTime(1_000);
    work.resolve('');
    await done;
    expect(stderr.text).toBe(`${erased}busy (1 s)${erased}shiplog: words\n${erased}busy (2 s)${erased}`);
  });

  it('is taken back when it fails', async () => {
    const { output, stderr, work } = open();
    const done = output.during(() => 'busy', work.promise);
    vi.advanceTimersByTime(1_000);
    work.reject(new Error('no'));
    await expect(done).rejects.toThrow('no');
    expect(stderr.text.endsWith(erased)).toBe(true);
  });

  it('never wraps, and steers no terminal', async () => {
    const { output, stderr, work } = open();
    const done = output.during(() => 'a\u001b[2Jvery long text of what it is', work.promise);
    vi.advanceTimersByTime(1_000);
    work.resolve('');
    await done;
    expect(stderr.text).toBe(`${erased}a\\u001b[2Jvery long tex${erased}`);
  });

  it('is said of a walk that lets no timer run, once a second', () => {
    const { output, stderr } = open();
    const step = (records: number, ms: number) => {
      vi.setSystemTime(Date.now() + ms);
      for (let record = 0; record < records; record += 1) progress.count();
    };
    const progress = output.counting('record');
    step(1024, 999);
    expect(stderr.text).toBe('');
    step(1024, 1);
    step(1024, 999);
    step(1024, 1);
    expect(stderr.text).toBe(`${erased}record 2048 (1 s)${erased}record 4096 (2 s)`);
    progress[Symbol.dispose]();
    expect(stderr.text.endsWith(erased)).toBe(true);
  });

  it.each([
    ['a pipe', false, {}],
    ['a dumb terminal', true, { TERM: 'dumb' }],
  ])('is not said to %s', async (_, isTTY, env) => {
    const { output, stderr, work } = open(isTTY, env);
    const done = output.during(() => 'busy', work.promise);
    vi.advanceTimersByTime(5_000);
    work.resolve('');
    await done;
    expect(stderr.text).toBe('');
  });

  it('is not said where a program reads the output', async () => {
    const { output, stderr, work } = open();
    output.hideProgress();
    const done = output.during(() => 'busy', work.promise);
    vi.advanceTimersByTime(5_000);
    work.resolve('');
    await done;
    expect(stderr.text).toBe('');
  });
});
