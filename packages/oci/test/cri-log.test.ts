import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CriLogParser, type CriRecord } from '../src/cri-log.js';

const time = '2026-11-23T14:06:11.528756797+00:00';

function parse(...chunks: readonly (string | Buffer)[]): readonly (Omit<CriRecord, 'bytes'> & { text: string })[] {
  const parser = new CriLogParser();
  return chunks.flatMap((chunk) =>
    [...parser.push(Buffer.from(chunk))].map(({ bytes, ...record }) => ({
      ...record,
      text: Buffer.from(bytes).toString('latin1'),
    })),
  );
}

describe('CriLogParser', () => {
  it('gives a whole line with its newline', () => {
    expect(parse(`${time} stdout F hello\n`)).toEqual([{ time, stream: 'stdout', partial: false, text: 'hello\n' }]);
  });

  it('gives a part of a line as it is', () => {
    expect(parse(`${time} stderr P hel\n`)).toEqual([{ time, stream: 'stderr', partial: true, text: 'hel' }]);
  });

  it.each([
    ['an empty line', `${time} stdout F \n`, '\n'],
    ['blanks', `${time} stdout F   a  \n`, '  a  \n'],
    ['carriage returns and zeros', `${time} stdout F a\r\0b\r\n`, 'a\r\0b\r\n'],
    ['what looks like a record', `${time} stdout F ${time} stderr P x\n`, `${time} stderr P x\n`],
  ])('keeps %s', (_, line, text) => {
    expect(parse(line).map((record) => record.text)).toEqual([text]);
  });

  it('waits for the rest of a record', () => {
    expect(parse(`${time} std`, 'out F hel', 'lo')).toEqual([]);
    expect(parse(`${time} std`, 'out F hel', 'lo\n').map(({ text }) => text)).toEqual(['hello\n']);
  });

  it.each([
    '',
    'garbage',
    `${time} stdin F x`,
    `${time} stdout X x`,
    `${time} stdout Fx`,
    ' stdout F x',
    `${time} stdout`,
  ])('steps around a line that is no record: %j', (line) => {
    expect(parse(`${line}\n${time} stdout F next\n`).map(({ text }) => text)).toEqual(['next\n']);
  });

  it('gives back what was written, wherever the file is cut', () => {
    const written = fc.array(
      fc.record({ stream: fc.constantFrom('stdout', 'stderr'), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
    );
    fc.assert(
      fc.property(written, fc.integer({ min: 1, max: 50 }), (writes, size) => {
        const file = Buffer.concat(writes.flatMap(({ stream, bytes }) => criLines(stream, bytes)));
        const parser = new CriLogParser();
        const records: CriRecord[] = [];
        for (let start = 0; start < file.length; start += size) {
          const chunk = Buffer.from(file.subarray(start, start + size));
          // A batch is used before the next one is read.
          for (const record of parser.push(chunk)) records.push({ ...record, bytes: Buffer.from(record.bytes) });
          chunk.fill(0);
        }
        for (const stream of ['stdout', 'stderr'] as const) {
          const got = Buffer.concat(records.filter((record) => record.stream === stream).map(({ bytes }) => bytes));
          const wanted = Buffer.concat(writes.filter((write) => write.stream === stream).map(({ bytes }) => bytes));
          expect(got.equals(wanted)).toBe(true);
        }
      }),
    );
  });
});

/** As conmon writes what it read at once: a record for each line, the last one partial if it has no newline. */
function criLines(stream: string, bytes: Uint8Array): Buffer[] {
  const lines: Buffer[] = [];
  const buffer = Buffer.from(bytes);
  for (let start = 0; start < buffer.length; ) {
    const end = buffer.indexOf(0x0a, start);
    const tag = end === -1 ? 'P' : 'F';
    const content = buffer.subarray(start, end === -1 ? buffer.length : end);
    lines.push(Buffer.concat([Buffer.from(`${time} ${stream} ${tag} `), content, Buffer.from('\n')]));
    start += content.length + (end === -1 ? 0 : 1);
  }
  return lines;
}
