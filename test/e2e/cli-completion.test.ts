/** The completions, as each shell itself asks for them. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@shiplog/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forever, useHost } from './cli-harness.js';

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
  ['shiplog sta', 'start', 'state'],
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
  it('completes on a terminal', async ({ skip, signal }) => {
    for (const program of ['zsh', 'tmux']) if (!findProgram(program)) skip(`${program} is not on PATH`);
    const socket = `slg-${randomBytes(4).toString('hex')}`;
    const tmux = (...args: readonly string[]) =>
      execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8', env: environment(), cwd: owner.host.dir });
    // No event tells that a terminal has changed.
    const shows = async (text: RegExp) => {
      while (!text.test(tmux('capture-pane', '-p'))) await setTimeout(50, undefined, { signal });
    };
    tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '40', 'zsh', '-f');
    try {
      tmux('send-keys', 'autoload -U compinit; compinit -D; source <(shiplog completion zsh); PS1="ready> "', 'Enter');
      await shows(/^ready>$/m);
      tmux('send-keys', 'shiplog start web-t', 'Tab');
      await shows(/^ready> shiplog start web-two$/m);
      tmux('send-keys', 'C-u', 'shiplog sta', 'Tab', 'Tab');
      await shows(/^start +-- start a created task\nstate +-- show the state of a task$/m);
      tmux('send-keys', 'C-u', 'shiplog run --rootfs folders/i', 'Tab');
      await shows(/--rootfs folders\/inner\\ folder\/$/m);
      tmux('send-keys', 'C-u', 'shiplog run --runtime=io.containerd.r', 'Tab');
      await shows(/--runtime=io\.containerd\.runc\.v2$/m);
    } finally {
      tmux('kill-server');
    }
  });
});
