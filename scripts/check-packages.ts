// Packs each publishable package as a release would, and checks the tarball: publint looks at the manifest and its
// files, attw at how TypeScript resolves the types. What is not in the tarball cannot hide here. And a plugin's own
// version, which goes into every record, must be its package's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Manifest = { name: string; version: string; private?: boolean; packageManager?: string };

const checkout = join(import.meta.dirname, '..');
const read = (...path: string[]): Manifest => JSON.parse(readFileSync(join(checkout, ...path, 'package.json'), 'utf8'));
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: checkout, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** These have nothing to import. */
const programs = new Set(['cli', 'create-shiplog-plugin']);
const pnpm = read().packageManager ?? 'pnpm';
const folders = readdirSync(join(checkout, 'packages')).filter((folder) => read('packages', folder).private !== true);
const tarballs = mkdtempSync(join(tmpdir(), 'shiplog-pack-'));
let failed = 0;

try {
  for (const folder of folders) {
    const { name, version } = read('packages', folder);
    const out = join(tarballs, `${folder}.tgz`);
    run('npx', '-y', pnpm, '--dir', join('packages', folder), 'pack', '--out', out);
    const problems = [
      check('publint', out, '--strict'),
      !programs.has(folder) && check('attw', out, '--profile', 'esm-only', '--no-emoji'),
      !programs.has(folder) && (await hasOtherVersions(folder, version)),
    ];
    failed += problems.some(Boolean) ? 1 : 0;
    console.log(`${problems.some(Boolean) ? 'FAIL' : 'ok  '} ${name}`);
  }
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
if (failed > 0) process.exitCode = 1;

/** Prints the plugins of a package that say they are of another version than it is. */
async function hasOtherVersions(folder: string, version: string): Promise<boolean> {
  const exported: Record<string, unknown> = await import(join(checkout, 'packages', folder, 'dist', 'index.js'));
  const plugins = Object.values(exported).filter(isPlugin);
  if (folder.startsWith('plugin-') && plugins.length === 0) {
    console.error(`${folder} exports no plugin`);
    return true;
  }
  const others = plugins.filter((plugin) => plugin.version !== version);
  for (const { id, version: other } of others) console.error(`${id} says ${other}, its package.json ${version}`);
  return others.length > 0;
}

function isPlugin(value: unknown): value is { id: string; version: string } {
  return typeof value === 'object' && value !== null && 'apiVersion' in value && 'init' in value;
}

/** Runs one checker and prints what it says only when it fails. */
function check(tool: string, ...args: string[]): boolean {
  try {
    execFileSync(join(checkout, 'node_modules', '.bin', tool), args, { encoding: 'utf8', stdio: 'pipe' });
    return false;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    console.error(`${tool}: ${stdout ?? ''}${stderr ?? ''}`);
    return true;
  }
}
