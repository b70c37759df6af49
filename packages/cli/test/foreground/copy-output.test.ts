import type { CriRecord, CriStream } from '@shiplog/oci';
import { describe, expect, it } from 'vitest';
import { copyOutput } from '../../src/foreground/copy-output.js';
import { Output } from '../../src/output/output.js';
import { MemoryStream } from '../memory-streams.js';

const record = (stream: CriStream, text: string): CriRecord => ({
  time: '',
  stream,
  partial: false,
  bytes: Buffer.from(text, 'latin1'),
});

async function* batches(...all: readonly (readonly CriRecord[])[]) {
  yield* all;
}

describe('copyOutput', () => {
  it('writes each stream to its own, byte by byte', async () => {
    const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
    const output = new Output({ stdout, stderr }, {});
    await copyOutput(
      batches(
        [record('stdout', 'a\xff\0'), record('stdout', 'b\n'), record('stderr', 'wrong\n'), record('stdout', 'c')],
        [record('stdout', 'd')],
      ),
      output,
    );
    expect(stdout.bytes.toString('latin1')).toBe('a\xff\0b\ncd');
    expect(stderr.text).toBe('wrong\n');
  });
});
