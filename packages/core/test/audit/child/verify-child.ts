// Verifies logs whose files were damaged, in a process of its own: LMDB may end one that it finds damage in.
// `verify-child.ts FILE FOLDER SEED COUNT`: says a line before each case, and a line on what came of it.
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { verifyFolder } from '../../../src/audit/verify-folder.js';
import { isShiplogError } from '../../../src/kernel/errors.js';

const [file = '', folder = '', seed = '1', count = '1'] = process.argv.slice(2);
const honest = readFileSync(file);
const pageBytes = 4096;
const pages = honest.length / pageBytes;
const page = fc.nat(pages - 1);
const at = (number: number) => number * pageBytes;

type Damage = (bytes: Buffer) => void;

const overwritten = fc
  .tuple(fc.nat(honest.length - 1), fc.uint8Array({ minLength: 1, maxLength: 300 }))
  .map(([offset, noise]): [string, Damage] => [
    `${noise.length} bytes at ${offset}`,
    (bytes) => bytes.set(noise.subarray(0, bytes.length - offset), offset),
  ]);
/** Near the beginning of a page, where LMDB keeps what leads it to everything else. */
const header = fc
  .tuple(page, fc.nat(60), fc.uint8Array({ minLength: 1, maxLength: 8 }))
  .map(([number, offset, noise]): [string, Damage] => [
    `${noise.length} bytes at ${offset} of page ${number}`,
    (bytes) => bytes.set(noise, at(number) + offset),
  ]);
const copied = fc
  .tuple(page, page)
  .map(([from, to]): [string, Damage] => [
    `page ${from} in place of page ${to}`,
    (bytes) => bytes.copy(bytes, at(to), at(from), at(from + 1)),
  ]);
const emptied = fc
  .tuple(page, fc.constantFrom(0, 255))
  .map(([number, value]): [string, Damage] => [
    `page ${number} full of ${value}`,
    (bytes) => bytes.fill(value, at(number), at(number + 1)),
  ]);
const damages = fc.oneof(overwritten, header, copied, emptied);

const before = JSON.stringify(await verifyFolder(join(file, '..')));
for (const [what, damage] of fc.sample(damages, { seed: Number(seed), numRuns: Number(count) })) {
  writeSync(1, `${what}: `);
  const bytes = Buffer.from(honest);
  damage(bytes);
  writeFileSync(join(folder, 'data.mdb'), bytes);
  try {
    const verification = await verifyFolder(folder);
    const same = JSON.stringify(verification) === before;
    writeSync(1, verification.verified ? (same ? 'untouched\n' : 'WRONGLY VERIFIED\n') : 'found\n');
  } catch (error) {
    writeSync(1, isShiplogError(error) ? 'refused\n' : `THROWN ${String(error)}\n`);
  }
}
writeSync(1, 'done\n');
