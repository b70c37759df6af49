import { readFileSync } from 'node:fs';

/** capabilities(7). */
const capSysAdmin = 21n;

/** Whether the kernel lets this process mount. */
export function canMount(status = readFileSync('/proc/self/status', 'latin1')): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
}
