import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DetachKeys, defaultDetachKeys, parseDetachKeys } from '../../src/terminal/detach-keys.js';

describe('the text of detach keys', () => {
  it.each([
    [defaultDetachKeys, [0x10, 0x11]],
    ['ctrl-a', [1]],
    ['ctrl-Z,CTRL-z', [26, 26]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]],
    ['a,B,7,~', [0x61, 0x42, 0x37, 0x7e]],
    ['del', [0x7f]],
    ['', []],
  ])('%j', (text, bytes) => {
    expect([...parseDetachKeys(text)]).toEqual(bytes);
  });

  it.each(['ctrl-', 'ctrl-1', 'ctrl-pp', 'ab', 'a,', ',', ' ', 'ctrl-p ctrl-q', 'é'])('refuses %j', (text) => {
    expect(() => parseDetachKeys(text)).toThrow(/is no key/);
  });
});

describe('what is typed', () => {
  const type = (keys: string, ...chunks: readonly string[]) => {
    const matcher = new DetachKeys(parseDetachKeys(keys));
    let sent = '';
    for (const chunk of chunks) {
      const { bytes, detached } = matcher.take(Buffer.from(chunk, 'latin1'));
      sent += Buffer.from(bytes).toString('latin1');
      if (detached) return { sent, detached };
    }
    return { sent: sent + Buffer.from(matcher.rest()).toString('latin1'), detached: false };
  };

  it.each([
    ['the keys in one piece', ['ls\x10\x11more'], { sent: 'ls', detached: true }],
    ['the keys one by one', ['\x10', '\x11'], { sent: '', detached: true }],
    ['the first key twice', ['\x10\x10\x11'], { sent: '\x10', detached: true }],
    ['the first key alone', ['\x10', 'x'], { sent: '\x10x', detached: false }],
    ['the first key at the end', ['a\x10'], { sent: 'a\x10', detached: false }],
    ['the keys the wrong way round', ['\x11\x10'], { sent: '\x11\x10', detached: false }],
  ])('%s', (_, chunks, expected) => {
    expect(type(defaultDetachKeys, ...chunks)).toEqual(expected);
  });

  it('goes through untouched where there are no keys', () => {
    expect(type('', '\x10\x11')).toEqual({ sent: '\x10\x11', detached: false });
  });

  it('is sent up to the first place where the keys stand, however it comes in pieces', () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom('a', 'a,b', 'a,a,b', 'a,b,a,c'), pieces, (keys, chunks) => {
        const text = chunks.join('');
        const place = text.indexOf(keys.replaceAll(',', ''));
        const expected =
          place === -1 ? { sent: text, detached: false } : { sent: text.slice(0, place), detached: true };
        expect(type(keys, ...chunks)).toEqual(expected);
      }),
    );
  });
});
