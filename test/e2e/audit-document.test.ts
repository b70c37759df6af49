/** The commands of docs/audit.md, one block after the other, as they stand there. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { program, useHost } from './cli-harness.js';

const document = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
const blocks = Array.from(document.matchAll(/<!-- test -->\n```sh\n([\s\S]*?)\n```/g), ([, block = '']) => block);

const owner = useHost();

function shell(script: string) {
  const { dir, root, state } = owner.host;
  const env = {
    PATH: `${dirname(program)}:${process.env.PATH}`,
    SHIPLOG_ROOT: root,
    SHIPLOG_STATE: state,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'shiplog',
    GIT_AUTHOR_EMAIL: 'root@localhost',
    GIT_COMMITTER_NAME: 'shiplog',
    GIT_COMMITTER_EMAIL: 'root@localhost',
  };
  return promisify(execFile)('sh', ['-ec', script], { cwd: dir, env, encoding: 'utf8' });
}

/** What is there already where somebody follows the document: a log, and a clone of a repository. */
async function prepare(): Promise<void> {
  const { host } = owner;
  await host.run(['run', '--rm', '--env', 'KEY=hunter2', '--rootfs', host.rootfs, 'job', 'true']);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', 'server.git'], { cwd: host.dir });
  execFileSync('git', ['clone', '--quiet', 'server.git', 'checkpoints'], { cwd: host.dir, stdio: 'ignore' });
}

it('works when it is copied', async (context) => {
  for (const tool of ['git', 'openssl']) {
    if (spawnSync(tool, ['version']).status !== 0) context.skip(`there is no ${tool}`);
  }
  await prepare();
  const outputs: string[] = [];
  for (const block of blocks) outputs.push((await shell(block)).stdout);
  const output = outputs.join('');
  expect(output).toMatch(/^verified: \d+ records/m);
  expect(output).toMatch(/^verified: the log of \d+ records begins with the \d+ of the checkpoint before/m);
  expect(output).toMatch(/^verified: record 1, leaf hash [0-9a-f]{64}, is in the log of \d+ records/m);
  expect(output).toMatch(/"position":\d+,"leafHash":"[0-9a-f]{64}"/);
  expect(output).toMatch(/^notice: .*leaked, CHG-7/m);
  const { stdout } = await shell('git -C server.git show main:"$(hostname).note"');
  expect(stdout).toMatch(/^shiplog\/.*\n\d+\n/);
}, 120_000);
