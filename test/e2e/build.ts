import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** What runs as a program runs from `dist`; this makes it what stands in `src` now. */
export function build(): void {
  execFileSync(join(checkout, 'node_modules', '.bin', 'tsc'), ['-b', checkout], { stdio: 'inherit' });
}
