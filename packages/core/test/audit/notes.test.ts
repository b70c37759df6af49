import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from '../../src/audit/checkpoint-text.js';
import { formatVerifierKey, parseVerifierKey, signersOf, signText, verifierKeyOf } from '../../src/audit/note-key.js';
import { formatNote, mergeSignatures, parseNote } from '../../src/audit/signed-note.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';

/** From the documentation of golang.org/x/mod/sumdb/note, whose format C2SP's signed-note is. */
const peter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const published = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const { privateKey } = generateKeyPairSync('ed25519');
const name = 'shiplog/2d1f';
const root = 'ab'.repeat(32) as Sha256;

describe('a signed note', () => {
  it('that others have published is read, and its signature holds', () => {
    const note = parseNote(published);
    expect(signersOf(note, [parseVerifierKey(peter)])).toHaveLength(1);
    expect(formatNote(note)).toBe(published);
  });

  it('of ours holds, and not one that was changed in any character', () => {
    const text = formatCheckpoint({ name, size: 73, root });
    const note = formatNote({ text, signatures: [signText(text, privateKey, name)] });
    const keys = [verifierKeyOf(privateKey, name)];
    expect(signersOf(parseNote(note), keys)).toEqual(keys);
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.constantFrom('A', '0', ' ', '+', '\n', ''), (at, put) => {
        const changed = note.slice(0, at) + put + note.slice(at + 1);
        if (changed === note) return;
        try {
          expect(signersOf(parseNote(changed), keys)).toEqual([]);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-argument' });
        }
      }),
    );
  });

  it('keeps the signatures of those whom nobody knows, each once', () => {
    const [ours, theirs] = [
      signText('a\n', privateKey, name),
      { name: 'witness', keyId: '0011aabb', signature: Buffer.of(1) },
    ];
    const merged = mergeSignatures([ours], [theirs, ours, theirs]);
    expect(parseNote(formatNote({ text: 'a\n', signatures: merged })).signatures).toMatchObject([
      { name },
      { name: 'witness', keyId: '0011aabb' },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no signature', 'text\n'],
    ['an empty signature', 'text\n\n\n'],
    ['a line that is none', 'text\n\n\u2014 name\n'],
    ['a signature that is no base64', 'text\n\n\u2014 name ====\n'],
    ['one without a key ID', 'text\n\n\u2014 name AAAA\n'],
    ['no end', 'text\n\n\u2014 name AAAAAAAA'],
    ['a tab', 'te\txt\n\n\u2014 name AAAAAAAA\n'],
    ['101 signatures', `text\n\n${'\u2014 name AAAAAAAA\n'.repeat(101)}`],
    ['a megabyte', `${'x'.repeat(2 ** 20)}\n\n\u2014 name AAAAAAAA\n`],
  ])('with %s is none', (_what, note) => {
    expect(() => parseNote(note)).toThrow('this is no signed note');
  });

  it('is read or refused, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('\n', '\u2014', ' ', 'A', '=', '1') })),
        (text) => {
          try {
            expect(formatNote(parseNote(text))).toBe(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid-argument' });
          }
        },
      ),
    );
  });
});

describe('a verifier key', () => {
  it('is what others make of a key, and is read back', () => {
    const key = verifierKeyOf(privateKey, name);
    expect(formatVerifierKey(parseVerifierKey(formatVerifierKey(key)))).toBe(formatVerifierKey(key));
    expect(formatVerifierKey(parseVerifierKey(peter))).toBe(peter);
  });

  it.each([
    ['nothing', '', 'NAME+ID+KEY'],
    ['another ID', peter.replace('c74f20a3', 'c74f20a4'), 'an ID that is not its own'],
    ['another name', peter.replace('Peter', 'Paul'), 'an ID that is not its own'],
    ['a short key', 'a+00000000+AQ==', 'NAME+ID+KEY'],
    ['another algorithm', peter.replace('+AR', '+BR'), 'NAME+ID+KEY'],
  ])('with %s is none', (_what, text, reason) => {
    expect(() => parseVerifierKey(text)).toThrow(reason);
  });
});

describe('a checkpoint', () => {
  const signed = (text: string) => formatNote({ text, signatures: [signText(text, privateKey, name)] });

  it('is read back', () => {
    const text = formatCheckpoint({ name, size: 73, root });
    expect(parseCheckpoint(signed(text))).toMatchObject({ name, size: 73, root });
    expect(parseCheckpoint(signed(`${text}an extension\n`))).toMatchObject({ size: 73 });
  });

  it.each([
    ['a size that is none', `${name}\n07\n${Buffer.from(root, 'hex').toString('base64')}\n`],
    ['a size beyond all', `${name}\n99999999999999999\n${Buffer.from(root, 'hex').toString('base64')}\n`],
    ['a short root', `${name}\n7\nAAAA\n`],
    ['two lines', `${name}\n7\n`],
  ])('with %s is none', (_what, text) => {
    expect(() => parseCheckpoint(signed(text))).toThrow('this note is no checkpoint');
  });
});
