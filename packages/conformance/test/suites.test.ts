/** docs/conformance.md has every rule, and no other. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventLogSuite } from '../src/event-log-suite.js';
import { logDriverSuite } from '../src/log-driver-suite.js';
import { mountSuite } from '../src/mount-suite.js';
import type { Suite } from '../src/rule.js';
import { runtimeSuite } from '../src/runtime-suite.js';
import { sinkSuite } from '../src/sink-suite.js';
import { taskMonitorSuite } from '../src/task-monitor-suite.js';

const suites = [
  runtimeSuite,
  mountSuite,
  sinkSuite,
  logDriverSuite,
  taskMonitorSuite,
  eventLogSuite,
] as readonly Suite<never>[];
const document = readFileSync(new URL('../../../docs/conformance.md', import.meta.url), 'utf8');

it.each(suites.map((suite) => [suite.contract, suite] as const))(
  'the rules of %s have IDs of their own',
  (_, suite) => {
    const ids = suite.chapters.flatMap(({ rules }) => rules.map(({ id }) => id));
    expect(ids.every((id) => /^[A-Z][1-9]\d*$/.test(id))).toBe(true);
    expect([...new Set(ids)]).toEqual(ids);
  },
);

it.each(suites.map((suite) => [suite.contract, suite] as const))(
  'docs/conformance.md has the rules of %s',
  (_, suite) => {
    const section = document.split(/^## /m).find((text) => text.startsWith(`${suite.contract}\n`)) ?? '';
    const lines = suite.chapters.flatMap(({ title, rules }) => [
      `### ${title}`,
      ...rules.map(({ id, text, needs = [] }) => `| ${id} | ${text} | ${needs.join(', ')} |`),
    ]);
    const written = section.split('\n').filter((line) => line.startsWith('### ') || /^\| [A-Z]\d/.test(line));
    expect(written).toEqual(lines);
  },
);
