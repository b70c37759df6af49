import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

// What pnpm packs is checked by `npm run check:packages`.
it.each(readdirSync(packages))('%s is not packed by npm, which would leave catalog: and workspace:^ in it', (name) => {
  const { status, stderr } = spawnSync('npm', ['pack', '--dry-run'], { cwd: join(packages, name), encoding: 'utf8' });
  expect(status).not.toBe(0);
  expect(stderr).toContain('use "pnpm publish"');
});
