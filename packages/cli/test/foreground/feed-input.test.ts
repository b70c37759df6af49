import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { feedInput } from '../../src/foreground/feed-input.js';
import { DetachKeys } from '../../src/terminal/detach-keys.js';

function open(write: () => boolean = () => true) {
  const written: string[] = [];
  const attachment = {
    async write(bytes: Uint8Array) {
      written.push(Buffer.from(bytes).toString());
      return write();
    },
    async end() {
      written.push('<end>');
    },
  };
  return { written, attachment };
}

const input = (...chunks: readonly string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe('feedInput', () => {
  it('sends on what comes, and its end', async () => {
    const { written, attachment } = open();
    expect(await feedInput(input('one', 'two'), attachment, new DetachKeys(new Uint8Array()))).toBe('end');
    expect(written.filter(Boolean)).toEqual(['one', 'two', '<end>']);
  });

  it('sends on what was held back as the beginning of the keys', async () => {
    const { written, attachment } = open();
    await feedInput(input('one', 'k'), attachment, new DetachKeys(Buffer.from('kk')));
    expect(written).toEqual(['one', 'k', '<end>']);
  });

  it('stops at the keys, sends no end, and leaves the stream open', async () => {
    const { written, attachment } = open();
    const stream = input('onekk', 'two');
    expect(await feedInput(stream, attachment, new DetachKeys(Buffer.from('kk')))).toBe('keys');
    expect(written).toEqual(['one']);
    expect(stream.destroyed).toBe(false);
  });

  it('stops when nobody takes it any more', async () => {
    const { written, attachment } = open(() => false);
    expect(await feedInput(input('one', 'two'), attachment, new DetachKeys(new Uint8Array()))).toBe('unread');
    expect(written).toEqual(['one']);
  });
});
