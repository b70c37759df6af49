/** A program whose first thread ends at once, and whose second one ends the process some time later. */

/** What it ends with. */
export const leaderlessStatus = 7;

/** Of the virtual memory; the whole file is mapped there. */
const base = 0x40_0000n;
const headers = 64 + 56;

/**
 * x86-64 machine code:
 *
 *     mov edi, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD
 *     lea rsi, [stack]; xor edx, edx; xor r10d, r10d; xor r8d, r8d
 *     mov eax, SYS_clone; syscall
 *     test eax, eax; jz thread
 *     xor edi, edi; mov eax, SYS_exit; syscall
 *     thread: lea rdi, [time]; xor esi, esi; mov eax, SYS_nanosleep; syscall
 *     mov edi, 7; mov eax, SYS_exit_group; syscall
 *     time: .quad seconds, 0
 *     stack: 4 KiB further on
 */
const code = Buffer.from(
  'bf000f0100488d354c10000031d24531d24531c0b8380000000f0585c0740931ffb83c0000000f05' +
    '488d3d1900000031f6b8230000000f05bf07000000b8e70000000f050f1f40000000000000000000' +
    '0000000000000000',
  'hex',
);
const stackSize = 8192;

/** Of what the second thread sleeps, in the code. */
const secondsAt = code.length - 16;

/** @param seconds for which the second thread lives */
export function leaderlessProgram(seconds: number): Buffer {
  const file = Buffer.alloc(headers + code.length);
  // The ELF header: 64 bits, little endian, version 1; an executable for x86-64.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(base + BigInt(headers), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // Its one segment: loaded, and all of it may be read, written and run.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(7, 68);
  file.writeBigUInt64LE(base, 80);
  file.writeBigUInt64LE(base, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length + stackSize), 104);
  file.writeBigUInt64LE(4096n, 112);
  file.set(code, headers);
  file.writeBigUInt64LE(BigInt(seconds), headers + secondsAt);
  return file;
}
