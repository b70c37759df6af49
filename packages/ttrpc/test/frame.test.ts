import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, type Frame, FrameDecoder, isOversized, maxDataLength } from '../src/frame.js';

const frames: fc.Arbitrary<Frame> = fc.record({
  streamId: fc.nat({ max: 0xffff_ffff }),
  type: fc.nat({ max: 255 }),
  flags: fc.nat({ max: 255 }),
  data: fc.uint8Array({ maxLength: 50 }),
});

/** Cuts bytes at any places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

test('frames come out as they went in, wherever the bytes are cut', () => {
  void fc.assert(
    fc.property(fc.array(frames, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (sent, cuts) => {
      const decoder = new FrameDecoder();
      const bytes = Buffer.concat(sent.map(encodeFrame));
      const got = pieces(bytes, cuts).flatMap((piece) => [...decoder.push(piece)]) as Frame[];
      expect(got.map((frame) => ({ ...frame, data: Uint8Array.from(frame.data) }))).toEqual(sent);
      expect(decoder.isIdle).toBe(true);
    }),
  );
});

test('the header is big-endian: length, stream, type, flags', () => {
  const bytes = encodeFrame({ streamId: 0x01020304, type: 2, flags: 5, data: Buffer.from('ab') });
  expect(Buffer.from(bytes).toString('hex')).toBe('00000002' + '01020304' + '02' + '05' + '6162');
});

test('any bytes make frames or nothing, and no more is kept than one frame', () => {
  void fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
      const decoder = new FrameDecoder();
      for (const chunk of chunks) {
        for (const frame of decoder.push(chunk)) {
          if (isOversized(frame)) expect(frame.length).toBeGreaterThan(maxDataLength);
          else expect(frame.data.length).toBeLessThanOrEqual(maxDataLength);
        }
      }
    }),
  );
});

test('what is too long is passed over, and the next frame is whole', () => {
  const decoder = new FrameDecoder();
  const length = maxDataLength + 1;
  const header = Buffer.alloc(10);
  header.writeUInt32BE(length, 0);
  header.writeUInt32BE(7, 4);
  header.writeUInt8(1, 8);
  expect(decoder.push(header)).toEqual([{ streamId: 7, type: 1, flags: 0, length }]);
  expect(decoder.push(Buffer.alloc(length - 1))).toEqual([]);
  const next = encodeFrame({ streamId: 9, type: 3, flags: 4, data: Buffer.from('x') });
  expect(decoder.push(Buffer.concat([Buffer.alloc(1), next]))).toMatchObject([{ streamId: 9, type: 3, flags: 4 }]);
});

test('a frame that is too long is not made', () => {
  const data = new Uint8Array(maxDataLength + 1);
  expect(() => encodeFrame({ streamId: 1, type: 1, flags: 0, data })).toThrow(RangeError);
});
