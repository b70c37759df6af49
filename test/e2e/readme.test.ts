/**
 * The examples of README.md and of the packages' READMEs, run as they stand there. They use the default folders, so they
 * run in a mount namespace where those are empty.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from './build.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(checkout, 'node_modules', '.bin');
let dir: string;

beforeAll(async () => {
  build();
  dir = await mkdtemp(join(tmpdir(), 'slg-readme-'));
  // The checkout as the examples see it: the command, and the packages by their names.
  await mkdir(join(dir, 'bin'));
  await symlink(join(checkout, 'bin', 'shiplog'), join(dir, 'bin', 'shiplog'));
  await mkdir(join(dir, 'node_modules', '@shiplog'), { recursive: true });
  for (const name of await readdir(join(checkout, 'packages'))) {
    await symlink(join(checkout, 'packages', name), join(dir, 'node_modules', '@shiplog', name));
  }
}, 120_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

async function example(name: string): Promise<string> {
  const readme = await readFile(join(checkout, 'README.md'), 'utf8');
  const block = new RegExp(`<!-- test: ${name} -->\\n\`\`\`\\w+\\n([^]*?)\\n\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`README.md has no example ${name}`);
  return block;
}

interface PackageExample {
  /** In the packages folder. */
  readonly name: string;
  readonly code: string;
}

/** The first TypeScript block of each package's README that has one. */
const packageExamples: readonly PackageExample[] = readdirSync(join(checkout, 'packages')).flatMap((name) => {
  const readme = readFileSync(join(checkout, 'packages', name, 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)\n```/.exec(readme)?.[1];
  return code === undefined ? [] : [{ name, code }];
});

/** A program of its own, which has a checkout's types, and nothing else of it. */
const userConfig = {
  extends: join(checkout, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    noEmit: true,
    noUnusedLocals: false,
    typeRoots: [join(checkout, 'node_modules', '@types')],
  },
  include: ['*.mts'],
};

const emptyFolders = 'for folder in /var/lib /run /srv; do mount -t tmpfs tmpfs $folder; done';

function runInEmptyFolders(script: string): string {
  return execFileSync('unshare', ['--mount', 'sh', '-ec', `${emptyFolders}\n${script}`], {
    cwd: dir,
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
}

describe('README.md', () => {
  it('has a command line example that works', async () => {
    const output = runInEmptyFolders(await example('cli'));
    expect(output).toMatch(/^hello from hello\nexit code 7\nweb\nI am in\n/);
    expect(output).toContain('io.containerd.crun.v1');
    expect(output).toContain('exit code 137');
    for (const topic of ['create-requested', 'create', 'start', 'exec-added', 'exit', 'delete']) {
      expect(output).toContain(`/tasks/${topic}`);
    }
  });

  it('has a library example that works', async () => {
    await writeFile(join(dir, 'example.ts'), await example('library'));
    const rootfs = 'mkdir -p /srv/rootfs/bin && cp /bin/busybox /srv/rootfs/bin/sh';
    const output = runInEmptyFolders(`${rootfs}\nexec node example.ts`);
    expect(output).toMatch(
      /^exit 7, observed\n(\d \S+Z uid 0 \/plugins\/loaded\n){3}4 \S+Z uid 0 \/tasks\/create-requested\n/,
    );
    expect(output).toMatch(/\/tasks\/delete\n$/);
  });
});

describe("a package's README", () => {
  it('has an example whose types are right', async () => {
    for (const { name, code } of packageExamples) await writeFile(join(dir, `${name}.mts`), code);
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(userConfig));
    const { status, stdout } = spawnSync(join(bin, 'tsc'), ['-p', dir], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it.each(['core', 'plugin-crun', 'plugin-mount', 'plugin-runc'])(
    'has an example that runs to its end: %s',
    async (folder) => {
      const example = packageExamples.find(({ name }) => name === folder);
      await writeFile(join(dir, `${folder}.mts`), example?.code ?? 'throw new Error("there is no example")');
      expect(() => runInEmptyFolders(`exec node ${folder}.mts`)).not.toThrow();
    },
  );
});
