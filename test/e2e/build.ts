import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** What runs as a program runs from `dist` or from the bundle; this makes both what stands in `src` now. */
export function build(): void {
  const bin = join(checkout, 'node_modules', '.bin');
  execFileSync(join(bin, 'tsc'), ['-b', checkout], { stdio: 'inherit' });
  execFileSync(join(bin, 'node'), [join(checkout, 'scripts', 'bundle.ts')], { stdio: 'inherit' });
}
