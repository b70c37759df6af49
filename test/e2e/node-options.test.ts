import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const programs = ['bin/shiplog', 'packages/cli/bundle/main.cjs'];

// Node.js looks for `--env-file` among all arguments, and takes NODE_OPTIONS out of the file.
it.each(programs)('%s: a file of variables for a container is none for Node.js', (program) => {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'env'), 'NODE_OPTIONS=--require=/of/the/container.js\n');
  const path = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  // As the kernel reads a first line: an interpreter, and at most one argument. Not before a packing may the bundle be run.
  const [, interpreter = '', ...interpreterArgs] =
    /^#!(\S+)(?: (.+))?$/m.exec(readFileSync(path, 'utf8'))?.filter((part) => part !== undefined) ?? [];
  for (const file of ['env', 'none']) {
    const args = [...interpreterArgs, path, 'run', '--env-file', join(folder, file), '--help'];
    const { status, stdout, stderr } = spawnSync(interpreter, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Usage: shiplog run');
  }
});
