import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Chunks, type ChunksOptions } from '../src/chunks.js';

let bundle: string;

beforeEach(async () => {
  bundle = await mkdtemp(join(tmpdir(), 'shiplog-chunks-'));
  await writeFile(
    join(bundle, 'program.cjs'),
    "const other = require('./other.cjs'); exports.sum = () => other.one + 1;",
  );
  await writeFile(
    join(bundle, 'other.cjs'),
    "exports.one = 1; exports.name = require('node:path').basename(__filename); exports.dir = __dirname;",
  );
});

afterEach(() => rm(bundle, { recursive: true }));

interface Program {
  sum(): number;
}

function chunks(options: Partial<ChunksOptions> = {}): Chunks {
  return new Chunks({ bundle, build: 'b1', command: 'run', ...options });
}

/** As a process does it: load, do something, keep. */
function runOf(options: Partial<ChunksOptions> = {}): number {
  const loader = chunks(options);
  const sum = (loader.load('program.cjs') as Program).sum();
  loader.keep();
  return sum;
}

/** The same in a process of its own: one that has compiled a text before looks at nothing that is kept. */
function processOf(): string {
  const loader = `new Chunks(${JSON.stringify({ bundle, build: 'b1', command: 'run' })})`;
  const program = `const c = ${loader}; console.log(c.load('program.cjs').sum()); c.keep();`;
  const chunksModule = new URL('../src/chunks.ts', import.meta.url);
  return execFileSync(process.execPath, ['--eval', `import { Chunks } from '${chunksModule.href}'; ${program}`], {
    encoding: 'utf8',
  });
}

/** What is kept, by build and name: `b1/program.cjs.run`. */
async function kept(): Promise<readonly string[]> {
  const files = await readdir(join(bundle, '.cache'), { recursive: true }).catch(() => []);
  return files
    .filter((file) => file.includes('.cjs'))
    .map((file) => file.replace(/\/.*\//, '/'))
    .toSorted();
}

async function fileOf(name: string): Promise<string> {
  const [version = ''] = await readdir(join(bundle, '.cache', 'b1'));
  return join(bundle, '.cache', 'b1', version, name);
}

describe('the files of the bundle', () => {
  it('import each other and what Node has, and each runs once', () => {
    const loader = chunks();
    expect((loader.load('program.cjs') as Program).sum()).toBe(2);
    expect(loader.load('other.cjs')).toEqual({ one: 1, name: 'other.cjs', dir: bundle });
    expect(loader.load('other.cjs')).toBe(loader.load('other.cjs'));
  });

  it('have their names and lines in a stack', async () => {
    await writeFile(join(bundle, 'program.cjs'), "exports.x = 1;\nthrow new Error('no');");
    let stack = '';
    try {
      chunks().load('program.cjs');
    } catch (error) {
      stack = (error as Error).stack ?? '';
    }
    expect(stack).toContain(`${join(bundle, 'program.cjs')}:2`);
  });
});

describe('compiled code', () => {
  it('is kept for each command, for its user alone', async () => {
    expect(runOf()).toBe(2);
    expect(await kept()).toEqual(['b1/other.cjs.run', 'b1/program.cjs.run']);
    runOf({ command: 'state' });
    expect(await kept()).toHaveLength(4);
    expect((await stat(await fileOf('program.cjs.run'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(bundle, '.cache'))).mode & 0o777).toBe(0o700);
  });

  it('is taken by the next run, which writes nothing', async () => {
    runOf();
    const file = await fileOf('program.cjs.run');
    const { ino } = await stat(file);
    expect(runOf()).toBe(2);
    expect((await stat(file)).ino).toBe(ino);
  });

  it('of another content is not taken, and removed', async () => {
    runOf();
    // Of the same length, which is all that V8 compares.
    await writeFile(join(bundle, 'other.cjs'), (await readFile(join(bundle, 'other.cjs'), 'utf8')).replace('1', '2'));
    expect(runOf({ build: 'b2' })).toBe(3);
    expect(await kept()).toEqual(['b2/other.cjs.run', 'b2/program.cjs.run']);
  });

  it.each([
    ['empty', (_: Buffer) => Buffer.alloc(0)],
    ['cut short', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    ['rubbish', (whole: Buffer) => Buffer.alloc(whole.length, 'x')],
  ])('that is %s is made again', async (_, damage) => {
    processOf();
    const file = await fileOf('program.cjs.run');
    const whole = await readFile(file);
    await writeFile(file, damage(whole));
    expect(processOf()).toBe('2\n');
    expect((await readFile(file)).length).toBe(whole.length);
    const { ino } = await stat(file);
    processOf();
    expect((await stat(file)).ino).toBe(ino);
  });

  it('that cannot be kept costs the run nothing', async () => {
    await writeFile(join(bundle, '.cache'), 'not a folder');
    expect(runOf()).toBe(2);
    await rm(join(bundle, '.cache'));
    await mkdir(join(bundle, '.cache'));
    await chmod(join(bundle, '.cache'), 0o500);
    expect(runOf()).toBe(2);
  });
});
