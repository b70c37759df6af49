import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProcessDetails } from '../src/process-details.js';

let host: string;
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), 'shiplog-proc-'));
});
afterEach(() => rmSync(host, { recursive: true }));

function write(path: string, text: string): void {
  const file = join(host, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

/** @param terminal as the kernel writes a device number */
function process(program: string, terminal: number, commandLine: string): void {
  write('proc/uptime', '1000.00 5.00\n');
  write('etc/passwd', 'root:x:0:0::/:/bin/sh\nguest:x:405:100::/:/bin/sh\n');
  const before = [`S 7 42 42 ${terminal} -1`, '0 0 0 0 0'];
  write('proc/42/stat', `42 (${program}) ${before.join(' ')} 150 50 0 0 20 0 1 0 96000 0 0\n`);
  write('proc/42/status', 'Name:\tx\nUid:\t0\t405\t0\t0\nNSpid:\t42\t9\t3\n');
  write('proc/42/cmdline', commandLine);
}

test('a process is what the kernel tells of it', () => {
  process('ht) (tpd', (136 << 8) | 5, 'httpd\0-f\0');
  expect(readProcessDetails(42, host)).toEqual({
    ...{ pid: 42, containerPid: 3, ppid: 7, uid: 405, user: 'guest', tty: 'pts/5' },
    ...{ program: 'ht) (tpd', command: 'httpd -f', elapsed: 40, cpuTime: 2, cpuPercent: 5 },
  });
});

test.each([
  [0, '?'],
  [(137 << 8) | 1, 'pts/257'],
  [(4 << 8) | 1, 'tty1'],
])('the terminal %s is %s, and no arguments leave the name', (device, tty) => {
  process('kthread', device, '');
  expect(readProcessDetails(42, host)).toMatchObject({ tty, command: '[kthread]' });
});

test('a process that is gone is none', () => {
  expect(readProcessDetails(42, host)).toBeUndefined();
});
