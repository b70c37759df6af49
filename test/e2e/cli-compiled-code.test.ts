import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../packages/cli', import.meta.url));
let installed: string;
let bundle: string;

/** One that has never run. */
beforeEach(async () => {
  installed = await mkdtemp(join(tmpdir(), 'shiplog-installed-'));
  bundle = join(installed, 'bundle');
  const cache = join(built, 'bundle', '.cache');
  await cp(join(built, 'bundle'), bundle, { recursive: true, filter: (file) => !file.startsWith(cache) });
  await cp(join(built, 'package.json'), join(installed, 'package.json'));
});

afterEach(() => rm(installed, { recursive: true }));

function shiplog(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    return execFileSync(process.execPath, [join(bundle, 'main.cjs'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

/** By chunk and command. */
async function kept(): Promise<readonly string[]> {
  const files = await readdir(join(bundle, '.cache'), { recursive: true }).catch(() => []);
  return files.map((file) => file.split('/').at(-1) ?? '').filter((file) => file.includes('.cjs'));
}

describe('compiled code', () => {
  it('is kept of a command that went well, and the next one does the same with it', async () => {
    const first = shiplog(['help', 'io']);
    expect(first).toContain('fifo');
    expect(await kept()).toEqual(expect.arrayContaining(['program.cjs.help', 'help.cjs.help']));
    expect(shiplog(['help', 'io'])).toBe(first);
  });

  it.each([
    ['a refused command: it has not gone the whole way', ['run'], {}],
    ['what is no command: there is no end of them', ['zzz'], {}],
    ['a command that is looked at for its stacks', ['help'], { SHIPLOG_DEBUG: '1' }],
    ['a command, where Node is told to keep nothing', ['help'], { NODE_DISABLE_COMPILE_CACHE: '1' }],
  ])('is not kept of %s', async (_, args, env) => {
    expect(shiplog(args, env)).toContain('shiplog');
    expect(await kept()).toEqual([]);
  });
});
