import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tailCriLog } from '../src/tail-cri-log.js';

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-tail-'));
  path = join(dir, 'output.log');
  await writeFile(path, '');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const line = (text: string, tag = 'F') => `2026-11-23T14:06:11.528756797+00:00 stdout ${tag} ${text}\n`;

/** Reads to the end, and tells of each text as it comes. */
async function read(ended: AbortSignal, onText: (text: string) => void = () => {}): Promise<string> {
  let all = '';
  for await (const batch of tailCriLog(path, ended)) {
    const text = batch.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('');
    all += text;
    onText(text);
  }
  return all;
}

describe('tailCriLog', () => {
  it('gives what is there, and ends, with a signal that has fired', async () => {
    await writeFile(path, line('one') + line('two'));
    expect(await read(AbortSignal.abort())).toBe('one\ntwo\n');
  });

  it('gives what is written later', async () => {
    const ended = new AbortController();
    const seen: string[] = [];
    const second = Promise.withResolvers<void>();
    await writeFile(path, line('one'));
    const reading = read(ended.signal, (text) => {
      seen.push(text);
      if (text.includes('one')) void appendFile(path, line('two'));
      if (text.includes('two')) second.resolve();
    });
    await second.promise;
    ended.abort();
    expect(await reading).toBe('one\ntwo\n');
    expect(seen).toEqual(['one\n', 'two\n']);
  });

  it('ends when the signal fires though nothing was written', async () => {
    const ended = new AbortController();
    const reading = read(ended.signal);
    ended.abort();
    expect(await reading).toBe('');
  });

  it('gives what was written before the signal fired, even if the file is removed with it', async () => {
    const ended = new AbortController();
    const reading = read(ended.signal);
    await appendFile(path, line('last', 'P'));
    await rm(path);
    ended.abort();
    expect(await reading).toBe('last');
  });

  it('begins where it is told, and leaves out a record that began before', async () => {
    const [one, two] = [line('one'), line('two')];
    await writeFile(path, one + two);
    for (const begin of [1, one.length - 1, one.length]) {
      const batches = await Array.fromAsync(tailCriLog(path, AbortSignal.abort(), begin));
      expect(batches.flat().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['two\n']);
    }
  });

  it('fails for a file that is not there', async () => {
    await rm(path);
    await expect(read(AbortSignal.abort())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives everything once and in order, however the writer writes', async () => {
    const texts = fc.array(fc.stringMatching(/^[a-z ]{0,30}$/), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(texts, fc.infiniteStream(fc.integer({ min: 1, max: 60 })), async (lines, sizes) => {
        await writeFile(path, '');
        const ended = new AbortController();
        const reading = read(ended.signal);
        const bytes = lines.map((text) => line(text)).join('');
        for (let start = 0; start < bytes.length; ) {
          const size = sizes.next().value ?? 1;
          await appendFile(path, bytes.slice(start, start + size));
          start += size;
        }
        ended.abort();
        expect(await reading).toBe(lines.map((text) => `${text}\n`).join(''));
      }),
      { numRuns: 30 },
    );
  });
});
