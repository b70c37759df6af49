/** As much of an ELF file as tells which dynamic loader it names: elf(5). */

const magic = Buffer.from('\x7fELF', 'latin1');
const interpreterSegment = 3;

export function isElf(head: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

/** undefined for a static program, and where it does not stand in these first bytes. */
export function elfInterpreter(head: Buffer): string | undefined {
  const isWide = head[4] === 2;
  const isLittle = head[5] === 1;
  const half = (at: number): number => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const word = (at: number): number => (isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at));
  // What matters lies within the first bytes of the file, so the upper half of a wide number is 0.
  const offset = (at: number): number => word(isWide && !isLittle ? at + 4 : at);
  try {
    const headers = offset(isWide ? 32 : 28);
    const size = half(isWide ? 54 : 42);
    const count = half(isWide ? 56 : 44);
    for (let index = 0; index < count; index++) {
      const header = headers + index * size;
      if (word(header) !== interpreterSegment) continue;
      const from = offset(header + (isWide ? 8 : 4));
      const length = offset(header + (isWide ? 32 : 16));
      if (from + length > head.length) return undefined;
      return head.toString('utf8', from, from + length).replace(/\0.*$/s, '');
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
