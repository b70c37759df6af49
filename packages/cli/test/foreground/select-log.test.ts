import type { CriRecord, CriStream } from '@shiplog/oci';
import { describe, expect, it } from 'vitest';
import { type LogSelection, selectLog } from '../../src/foreground/select-log.js';

const record = (second: number, text: string, partial = false, stream: CriStream = 'stdout'): CriRecord => ({
  time: `2026-01-01T00:00:0${second}.000000000+00:00`,
  stream,
  partial,
  bytes: Buffer.from(text),
});

const all = [
  [record(0, 'a\n'), record(1, 'b', true), record(2, 'e\n', false, 'stderr')],
  [record(3, 'c\n'), record(4, 'd\n')],
];

async function select(selection: Partial<LogSelection>): Promise<string> {
  async function* batches() {
    yield* all;
  }
  const selected = selectLog(batches(), { skip: { stdout: 0, stderr: 0 }, timestamps: false, ...selection });
  return (await Array.fromAsync(selected))
    .flat()
    .map(({ bytes }) => Buffer.from(bytes).toString())
    .join('');
}

const time = (second: number) => `2026-01-01T00:00:0${second}.000000000Z`;

describe('selectLog', () => {
  it.each<[string, Partial<LogSelection>, string]>([
    ['everything', {}, 'a\nbe\nc\nd\n'],
    ['what is not to be skipped, by stream', { skip: { stdout: 2, stderr: 1 } }, 'c\nd\n'],
    ['what was written since', { since: time(3) }, 'c\nd\n'],
    ['what was written until', { until: time(2) }, 'a\nbe\n'],
    [
      'each line with its time, once',
      { timestamps: true, until: time(3) },
      `${time(0)} a\n${time(1)} b${time(2)} e\nc\n`,
    ],
  ])('gives %s', async (_, selection, text) => {
    expect(await select(selection)).toBe(text);
  });
});
