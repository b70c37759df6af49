import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import type { ReportData } from '@shiplog/report';
import { beforeAll, describe, expect, it } from 'vitest';
import { onEachRuntime, useHost } from './cli-harness.js';

const verifier = fileURLToPath(new URL('../../packages/export/verifier/verify_bundle.py', import.meta.url));
const noPython = spawnSync('python3', ['--version']).status === 0 ? undefined : 'there is no python3';

function verifyBundle(...args: readonly string[]) {
  const { status, stdout } = spawnSync('python3', ['-I', verifier, ...args], { encoding: 'utf8' });
  return { status, stdout };
}

function dataOf(html: string): ReportData {
  const embedded = /id="data">([^<]+)</.exec(html)?.[1] ?? '';
  return JSON.parse(inflateRawSync(Buffer.from(embedded, 'base64')).toString());
}

onEachRuntime((runtime) => {
  it('audit report tells the story of a task, and what was verified', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    await host.run(['run', ...runtime.flags, id, 'sh', '-c', 'exit 3'], { env: { SHIPLOG_USER: 'ada' } });
    const html = await host.ok('audit', 'report', '--output', '-', '--task', id);
    const data = dataOf(html);
    expect(data.head).toMatchObject({ scope: { namespace: 'default', task: id }, verification: { verified: true } });
    expect(data.streams.map(({ task }) => task)).toEqual([id]);
    expect(data.actors.map(({ user }) => user)).toContain('ada');
    expect(data.types).toContain('/tasks/exit');
  });

  it('audit export makes evidence of a task, also after its secrets were shredded, and none of it has one', async (context) => {
    if (noPython) context.skip(noPython);
    const { host } = runtime;
    const id = runtime.newId();
    const ticket = { env: { SHIPLOG_TICKET: 'CHG-7' } };
    await host.run(['run', ...runtime.flags, '--env', 'KEY=hunter2', id, 'true'], ticket);
    const key = await host.ok('audit', 'checkpoint', '--verifier-key');
    const kept = join(host.dir, `${id}.note`);
    writeFileSync(kept, await host.ok('audit', 'checkpoint'));
    await host.ok('delete', id);
    await host.ok('audit', 'shred', '--task', id, '--secrets', '--reason', 'leaked');
    const file = join(host.dir, `${id}.bundle`);
    await host.ok('audit', 'export', '--task', id, '--against', kept, '--output', file);
    const { status, stdout } = verifyBundle(file, '--key', key.trim(), '--against', kept);
    expect(stdout).toContain('holds   the log begins with all that it had then');
    expect(stdout).toMatch(/says what was shredded: .*"reason": "leaked"/);
    expect(stdout).toMatch(/\nVERIFIED\n$/);
    expect(status).toBe(0);
    await host.ok('audit', 'export', '--task', id, '--payloads', '--force', '--output', file);
    const withPayloads = verifyBundle(file, '--key', key.trim());
    expect(withPayloads.stdout).toContain('holds   each is what a record refers to by its hash');
    expect(withPayloads.status).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('KEY=***');
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    const html = await host.ok('audit', 'report', '--output', '-', '--task', id, '--against', kept);
    const { events, actors } = dataOf(html);
    expect(events.payload.join('\n')).toContain('secrets of spec, shredded');
    expect(actors.map((actor) => actor.ticket)).toContain('CHG-7');
    for (const format of ['bundle', 'jsonl', 'cloudevents', 'ocsf']) {
      expect(await host.ok('audit', 'export', '--format', format, '--task', id)).not.toContain('hunter2');
    }
    expect(JSON.stringify(dataOf(html))).not.toContain('hunter2');
  });
});

describe('audit report', () => {
  const owner = useHost();
  beforeAll(async () => {
    await owner.host.run(['state', 'nobody']);
    await owner.host.run(['delete', 'nobody']);
  });

  it('writes a file that is its owner’s alone, and replaces its own reports only', async () => {
    const { host } = owner;
    const file = join(host.dir, 'report.html');
    const { stderr } = await host.run(['audit', 'report', '--output', file]);
    expect(stderr).toMatch(/^shiplog: wrote \d+ events? to /);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await host.ok('audit', 'report', '--output', file);
    writeFileSync(file, 'precious');
    const refused = await host.run(['audit', 'report', '--output', file]);
    expect(refused).toMatchObject({ exitCode: 125, stdout: '' });
    expect(refused.stderr).toContain('is there already, and is not replaced: give another name, or --force');
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await host.ok('audit', 'report', '--output', file, '--force');
    expect(readFileSync(file, 'utf8')).toContain('Shiplog audit report');
  });
});

describe('audit export', () => {
  const owner = useHost();
  beforeAll(async () => {
    for (const id of ['one', 'two', 'one']) await owner.host.run(['start', id]);
  });

  it('writes evidence that is its owner’s alone, and replaces nothing', async () => {
    const { host } = owner;
    const file = join(host.dir, 'all.bundle');
    const { stderr } = await host.run(['audit', 'export', '-o', file]);
    expect(stderr).toMatch(/wrote evidence of [1-9]\d* records to/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await host.run(['audit', 'export', '-o', file]);
    expect(again).toMatchObject({ exitCode: 125, stdout: '' });
    expect(again.stderr).toContain('is there already');
  });

  it('signs with a key that is given', async (context) => {
    if (noPython) context.skip(noPython);
    const { host } = owner;
    const [file, key] = [join(host.dir, 'own.bundle'), join(host.dir, 'own.pem')];
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(key, pem, { mode: 0o600 });
    await host.ok('audit', 'export', '-o', file, '--key', key);
    const own = await host.ok('audit', 'checkpoint', '--verifier-key', '--key', key);
    const other = await host.ok('audit', 'checkpoint', '--verifier-key');
    expect(verifyBundle(file, '--key', own.trim()).status).toBe(0);
    expect(verifyBundle(file, '--key', other.trim()).status).toBe(1);
  });

  it.each([
    ['of nothing that there is', ['--task', 'nobody'], 'there is no such record'],
    ['with a key in another format', ['--format', 'jsonl', '--key', 'k'], 'they go with --format bundle'],
    ['with payloads in another format', ['--format', 'jsonl', '--payloads'], 'they go with --format bundle'],
    ['of a root without a log', ['--root', '/nonexistent/root'], 'there is no log in /nonexistent/root/log'],
    ['against what is no checkpoint', ['--against', '/etc/hostname'], 'this is no signed note'],
  ])('writes none %s', async (_, args, problem) => {
    const refused = await owner.host.run(['audit', 'export', ...args]);
    expect(refused).toMatchObject({ exitCode: 125, stdout: '' });
    expect(refused.stderr).toContain(problem);
  });

  it('and the report end with bad news where the log was changed: both are written, and show it', async (context) => {
    if (noPython) context.skip(noPython);
    const { host } = owner;
    const key = await host.ok('audit', 'checkpoint', '--verifier-key');
    const data = join(host.root, 'log', 'data.mdb');
    const bytes = readFileSync(data);
    for (let at = bytes.indexOf('task two'); at >= 0; at = bytes.indexOf('task two', at + 1))
      bytes.write('task tow', at);
    writeFileSync(data, bytes);
    const file = join(host.dir, 'changed.bundle');
    const exported = await host.run(['audit', 'export', '-o', file]);
    expect(exported.exitCode).toBe(125);
    expect(exported.stderr).toContain('is no evidence: it is not the one that was appended');
    const { status, stdout } = verifyBundle(file, '--key', key.trim());
    expect(stdout).toContain("is not the one that the log's tree has there");
    expect(status).toBe(1);
    const report = await host.run(['audit', 'report', '-o', '-']);
    expect(report.exitCode).toBe(125);
    expect(report.stdout).toContain('Not verified');
    expect(report.stdout).toContain('is not what was appended: its bytes have another hash');
  });
});
