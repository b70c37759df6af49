import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import type { ReportData } from '@shiplog/report';
import { beforeAll, describe, expect, it } from 'vitest';
import { onEachRuntime, useHost } from './cli-harness.js';

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
