import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CriStream } from '../src/cri-log.js';
import { findTail, type TailOptions } from '../src/find-tail.js';
import { tailCriLog } from '../src/tail-cri-log.js';

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-tail-'));
  path = join(dir, 'output.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Written {
  readonly stream: CriStream;
  readonly tag: 'F' | 'P';
  readonly text: string;
}

/** The second of each record is its index, so that times grow. */
const timeOf = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString().replace('Z', '000000');
const fileOf = (all: readonly Written[]) =>
  all.map(({ stream, tag, text }, index) => `${timeOf(index)}+00:00 ${stream} ${tag} ${text}\n`).join('');

async function tail(file: string, options: TailOptions): Promise<readonly string[]> {
  await writeFile(path, file);
  const { begin, skip } = await findTail(path, options);
  const left = { ...skip };
  const texts: string[] = [];
  for await (const batch of tailCriLog(path, AbortSignal.abort(), begin)) {
    for (const { stream, bytes } of batch) {
      if (left[stream] > 0) left[stream] -= 1;
      else texts.push(Buffer.from(bytes).toString('latin1'));
    }
  }
  return texts;
}

const out = (text: string, tag: 'F' | 'P' = 'F'): Written => ({ stream: 'stdout', tag, text });
const err = (text: string, tag: 'F' | 'P' = 'F'): Written => ({ stream: 'stderr', tag, text });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => out(String(index)));

describe('findTail', () => {
  it.each<[string, readonly Written[], number, readonly string[]]>([
    ['the last lines', numbered(5), 2, ['3\n', '4\n']],
    ['all, if there are fewer', numbered(2), 9, ['0\n', '1\n']],
    ['none of them', numbered(2), 0, []],
    ['nothing of nothing', [], 3, []],
    ['a line with all of its parts', [out('a'), out('b', 'P'), out('c', 'P'), out('d')], 1, ['b', 'c', 'd\n']],
    ['the line that is not ended', [out('a'), out('b'), out('c', 'P')], 2, ['b\n', 'c']],
    ['both streams together', [out('a'), err('b'), out('c')], 2, ['b\n', 'c\n']],
    ['parts that are mingled', [err('x'), out('a', 'P'), err('y'), out('b')], 2, ['a', 'y\n', 'b\n']],
    ['no part of a line before', [out('a', 'P'), err('y', 'P'), out('b'), err('z')], 1, ['y', 'z\n']],
  ])('finds %s', async (_, written, lines, texts) => {
    expect(await tail(fileOf(written), { lines })).toEqual(texts);
  });

  it('steps around what is damaged, and waits for what is not whole', async () => {
    const file = `${fileOf([out('a')])}garbage\n\n${fileOf([out('b')])}2026-01-01T00:00:00`;
    expect(await tail(file, { lines: 2 })).toEqual(['a\n', 'b\n']);
  });

  it('looks only at what was written in time', async () => {
    const file = fileOf(numbered(10));
    expect(await tail(file, { lines: 9, since: `${timeOf(7)}Z` })).toEqual(['7\n', '8\n', '9\n']);
    const { begin } = await findTail(path, { lines: 2, until: `${timeOf(4)}Z` });
    expect(begin).toBe(fileOf(numbered(3)).length);
  });

  it('reads no more of a large file than its end', async () => {
    const end = fileOf([out('last')]);
    await writeFile(path, '');
    await truncate(path, 2 ** 40);
    await writeFile(path, `\n${fileOf([out('before')])}${end}`, { flag: 'a' });
    expect((await findTail(path, { lines: 1 })).begin).toBe(2 ** 40 + 1 + fileOf([out('before')]).length);
  });

  it('is what the last lines of the whole are', async () => {
    const record = fc.record<Written>({
      stream: fc.constantFrom('stdout', 'stderr'),
      tag: fc.constantFrom('F', 'F', 'P'),
      text: fc.oneof(fc.stringMatching(/^[a-z]{0,5}$/), fc.constant('x'.repeat(40_000))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 30 }), fc.nat(8), async (written, lines) => {
        expect(await tail(fileOf(written), { lines })).toEqual(lastLines(written, lines));
      }),
      { numRuns: 100 },
    );
  });
});

/** The same by looking at everything: each record has the index of the record that ends its line. */
function lastLines(written: readonly Written[], lines: number): readonly string[] {
  const ends: number[] = [];
  const next = new Map<CriStream, number>();
  for (const [index, { stream, tag }] of [...written.entries()].reverse()) {
    if (tag === 'F' || !next.has(stream)) next.set(stream, index);
    ends[index] = next.get(stream) ?? index;
  }
  const wanted = new Set(lines === 0 ? [] : [...new Set(ends)].sort((a, b) => a - b).slice(-lines));
  return written.flatMap(({ tag, text }, index) =>
    wanted.has(ends[index] ?? -1) ? [tag === 'F' ? `${text}\n` : text] : [],
  );
}
