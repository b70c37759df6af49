import { Readable } from 'node:stream';
import type { PluginReport } from '@shiplog/core';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { configure } from '../../src/commands/plugins.js';
import { Output } from '../../src/output/output.js';
import type { Session } from '../../src/session.js';
import { MemoryStream } from '../memory-streams.js';

const common = {
  type: 'runtime',
  version: '1.2.3',
  apiVersion: '^1.0.0',
  source: '',
  requires: [],
  capabilities: ['exec', 'pause'],
  durationMs: 1.25,
} as const;
const found = 'found /a/path/that/is/longer/than/any/terminal/is/wide/bin/crun';
const plugins: readonly PluginReport[] = [
  { ...common, id: 'io.containerd.good.v1', status: 'ok', notes: [found, 'did what it could'] },
  {
    ...common,
    id: 'io.containerd.slow.v1',
    status: 'ok',
    notes: [],
    moreNotes: async () => ['this took a while'],
  },
  { ...common, id: 'io.containerd.absent.v1', status: 'skip', reason: 'absent is not there', notes: [] },
  { ...common, id: 'io.containerd.broken.v1', status: 'error', reason: 'init threw: \u001b[31mno', notes: ['tried'] },
];

async function print(json: boolean, ...args: readonly string[]): Promise<string> {
  const stdout = new MemoryStream({ isTTY: true, columns: 60 });
  const output = new Output({ stdout, stderr: new MemoryStream() }, { NO_COLOR: '1' });
  const session = { shiplog: { plugins }, common: { json }, output } as unknown as Session;
  const command = new Command();
  configure(command, {
    output,
    env: {},
    stdin: () => Readable.from([]),
    load: async () => {},
    inSession: async (_, work) => void (await work(session)),
  });
  await command.parseAsync(args, { from: 'user' });
  return stdout.text;
}

it('says of each plugin why it is not ok, and what it noted, in full on the narrowest terminal', async () => {
  const [title, ...lines] = (await print(false)).trimEnd().split('\n');
  expect(title).toMatch(/^PLUGIN +TYPE +VERSION +STATUS +MS$/);
  expect(lines.slice(0, 4).map((line) => line.split(/ +/)[3])).toEqual(['ok', 'ok', 'skip', 'error']);
  expect(lines.slice(4)).toEqual([
    `io.containerd.good.v1: ${found}`,
    'io.containerd.good.v1: did what it could',
    'io.containerd.slow.v1: this took a while',
    'io.containerd.absent.v1: absent is not there',
    'io.containerd.broken.v1: init threw: \\u001b[31mno',
    'io.containerd.broken.v1: tried',
  ]);
});

it('prints reports with --json, with all that was noted', async () => {
  const lines = (await print(true)).trimEnd().split('\n');
  const reports = plugins.map(({ moreNotes, ...report }) =>
    moreNotes ? { ...report, notes: ['this took a while'] } : report,
  );
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(reports);
});

it('tells with -v all that is known of each', async () => {
  const [first, second, third] = (await print(false, '-v')).split(/^(?=io)/m);
  expect(first).toBe(`io.containerd.good.v1
  type          runtime
  status        ok, after 1.3 ms
  version       1.2.3
  made for      ^1.0.0 of the plugin API
  from          shiplog itself
  capabilities  exec, pause
  note          ${found}
  note          did what it could
`);
  expect(second).toContain('  note          this took a while\n');
  expect(third).toContain(`
  status        skip, after 1.3 ms
  reason        absent is not there
`);
});
