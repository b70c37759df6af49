import type { OutputChunk } from '@shiplog/core';
import type { Output } from '../output/output.js';

/** Writes what a container wrote, byte by byte: its stdout to stdout, its stderr to stderr, in the order of the log. */
export async function copyOutput(batches: AsyncIterable<readonly OutputChunk[]>, output: Output): Promise<void> {
  for await (const batch of batches) {
    for (const { stream, pieces } of runsOf(batch)) {
      const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
      await (stream === 'stdout' ? output.bytes(bytes) : output.errorBytes(bytes));
    }
  }
}

/** Neighbours of one stream are one write. */
function* runsOf(batch: readonly OutputChunk[]): Generator<{ stream: OutputChunk['stream']; pieces: Uint8Array[] }> {
  let run: { stream: OutputChunk['stream']; pieces: Uint8Array[] } | undefined;
  for (const { stream, bytes } of batch) {
    if (run?.stream !== stream) {
      if (run) yield run;
      run = { stream, pieces: [] };
    }
    run.pieces.push(bytes);
  }
  if (run) yield run;
}
