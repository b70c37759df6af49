/** The completions, as each shell itself asks for them. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@shiplog/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forever, useHost } from './cli-harness.js';
import { Terminal, terminalMissing } from './terminal.js';

const bin = fileURLToPath(new URL('../../bin', import.meta.url));
const owner = useHost();

beforeAll(async () => {
  const { host } = owner;
  for (const id of ['web-one', 'web-two']) await host.ok('create', '--rootfs', host.rootfs, id, ...forever);
  await host.ok('-n', 'other', 'create', '--rootfs', host.rootfs, 'elsewhere', ...forever);
  await host.ok('start', 'web-two');
  await mkdir(join(host.dir, 'folders', 'inner folder'), { recursive: true });
  await writeFile(join(host.dir, 'folders', 'file'), '');
}, 60_000);
afterAll(async () => {
  await owner.host.run(['rm', '-f', 'web-one', 'web-two']);
  await owner.host.run(['-n', 'other', 'rm', '-f', 'elsewhere']);
});

function environment(): NodeJS.ProcessEnv {
  const { host } = owner;
  return { PATH: `${bin}:${process.env.PATH}`, HOME: host.dir, SHIPLOG_ROOT: host.root, SHIPLOG_STATE: host.state };
}

function sh(shell: string, script: string, ...args: readonly string[]): string {
  return execFileSync(shell, ['-c', script, shell, ...args], {
    encoding: 'utf8',
    cwd: owner.host.dir,
    env: environment(),
  });
}

/** What is typed, and what may stand for its last word. */
const cases: readonly (readonly [typed: string, ...candidates: string[]])[] = [
  ['shiplog sta', 'start', 'state', 'stats'],
  ['shiplog start web-', 'web-one', 'web-two'],
  ['shiplog start web-one web-', 'web-two'],
  ['shiplog -n other rm e', 'elsewhere'],
  ['shiplog run --runt', '--runtime'],
  ['shiplog run --runtime io', 'io.containerd.crun.v1', 'io.containerd.runc.v2'],
  ['shiplog kill -s TER', 'TERM'],
  ['shiplog run --rootfs folders/i', 'folders/inner folder'],
  ['shiplog help runt', 'runtimes'],
];

describe('bash', () => {
  const script = `source <(shiplog completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _shiplog shiplog
printf '%s\\n' "\${COMPREPLY[@]}"`;

  it.each(cases)('completes %s', (typed, ...candidates) => {
    expect(
      sh('bash', script, ...typed.split(' '))
        .trim()
        .split('\n')
        .sort(),
    ).toEqual(candidates);
  });

  it('completes a value behind =, which is a word of its own there', () => {
    expect(sh('bash', script, 'shiplog', 'run', '--runtime', '=', 'io.containerd.c')).toBe('io.containerd.crun.v1\n');
  });
});

describe('fish', () => {
  it('completes all of them, with what they are', ({ skip }) => {
    if (!findProgram('fish')) skip('fish is not on PATH');
    const script = 'shiplog completion fish | source; complete -C $argv[2]';
    const fish = (typed: string) => sh('fish', script, typed).trim().split('\n');
    const candidateIn = (line: string) => line.split('\t')[0]?.replace(/\/$/, '').replace('\\ ', ' ');
    for (const [typed, ...candidates] of cases) expect(fish(typed).map(candidateIn).sort()).toEqual(candidates);
    expect(fish('shiplog start web-t')).toEqual(['web-two\trunning']);
  });
});

describe('zsh', () => {
  it('completes on a terminal', async ({ skip }) => {
    if (terminalMissing !== undefined) skip(terminalMissing);
    if (!findProgram('zsh')) skip('zsh is not on PATH');
    await using terminal = await Terminal.open(owner.host);
    await terminal.line(`cd ${owner.host.dir}; exec zsh -f`);
    await terminal.line('autoload -U compinit; compinit -D; source <(shiplog completion zsh); PS1="ready> "');
    await terminal.shows(/^ready>$/m);
    await terminal.press('shiplog start web-t', 'Tab');
    await terminal.shows(/^ready> shiplog start web-two$/m);
    await terminal.press('C-u', 'shiplog sta', 'Tab', 'Tab');
    await terminal.shows(/^start +-- start a created task\nstate +-- show the state of a task\nstats +--/m);
    await terminal.press('C-u', 'shiplog run --rootfs folders/i', 'Tab');
    await terminal.shows(/--rootfs folders\/inner\\ folder\/$/m);
    await terminal.press('C-u', 'shiplog run --runtime=io.containerd.r', 'Tab');
    await terminal.shows(/--runtime=io\.containerd\.runc\.v2$/m);
  });
});
