import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuleResult } from '@shiplog/conformance/rules';
import { InvalidArgumentError, type PluginManifest } from '@shiplog/core';
import { addHelp, type Cli, type Configure } from '../command.js';
import { commonOptionsOf } from '../common-options.js';
import { type Configuration, configurationOf } from '../config/configuration.js';
import { importModule, loadPlugin } from '../config/load-plugin.js';
import { BadNewsError } from '../errors.js';
import { collect, notEmpty } from '../flags.js';
import { interruptible } from '../foreground/interruptible.js';
import type { TableFlags } from '../output/output.js';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';
import { parseCount } from '../parse-count.js';
import { addTableOptions } from '../table-options.js';

interface Options extends TableFlags {
  readonly rule?: readonly string[];
  readonly timeLimit: number;
}

const tones = {
  passed: 'good',
  failed: 'bad',
  'not-applicable': 'faint',
} as const satisfies Record<RuleResult['outcome'], Tone>;

const columns: readonly Column<RuleResult>[] = [
  { title: 'RULE', value: ({ rule }) => rule, width: 4 },
  { title: 'RESULT', value: ({ outcome }) => outcome, tone: ({ outcome }) => tones[outcome], width: 14 },
  { title: 'MS', value: ({ durationMs }) => durationMs.toFixed(0), align: 'right', width: 5 },
  { title: 'TEXT', value: ({ text, outcome, reason }) => (outcome === 'failed' ? `${text}: ${reason}` : text) },
];

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Checks a plugin, or event-log, by the rules that its kind has to keep, in folders of its own: a runtime, a mount ' +
        'handler, an event sink, a log driver, a task monitor.',
    )
    .argument('<plugin>', 'its ID, its npm package, its path, or event-log; a containerd shim by its ID or its path')
    .option(
      '--rule <rule>',
      'this one only, L4, or those of a chapter, L; several times for several',
      collect(notEmpty),
    )
    .option('--time-limit <ms>', 'how long one rule may take; it has failed then', parseCount, 30_000)
    .action((name: string, options: Options) =>
      conformance(name, options, cli, () => commonOptionsOf(command, cli.env)),
    );
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog conformance io.containerd.crun.v1', 'does crun do here what a runtime must?'],
      ['shiplog conformance ./my-plugin --rule L', 'the life of a task, on a runtime of your own'],
      ['shiplog conformance io.containerd.runsc.v1', 'the shim containerd-shim-runsc-v1, as Shiplog drives it'],
      ['shiplog conformance event-log', 'does the log keep its promises on this disk?'],
    ],
    exitCodes: ['125 a rule is broken, or something else is wrong'],
  });
};

async function conformance(
  name: string,
  options: Options,
  { output, env }: Cli,
  commonOf: () => ReturnType<typeof commonOptionsOf>,
): Promise<void> {
  const common = commonOf();
  const subject = await subjectOf(name, await configurationOf(common, env), env);
  const counts = { passed: 0, failed: 0, 'not-applicable': 0 };
  const rows = await output.rowRenderer(columns, options);
  if (!common.json) await output.line(rows.title());
  await interruptible(async (signal) => {
    const only = options.rule ? { only: options.rule } : {};
    for await (const result of subject.check({ timeLimit: options.timeLimit, signal, ...only })) {
      counts[result.outcome] += 1;
      if (common.json) await output.json(result);
      else await output.line(rows.line(result));
    }
  });
  const { passed, failed, 'not-applicable': unfit } = counts;
  output.talk(`${subject.name}: ${passed} passed, ${failed} failed, ${unfit} not applicable`);
  if (passed + failed + unfit === 0) throw new BadNewsError('there is no such rule: docs/conformance.md lists them');
  if (failed > 0) throw new BadNewsError(`${subject.name} does not keep every rule`);
}

async function subjectOf(name: string, configuration: Configuration, env: NodeJS.ProcessEnv) {
  const subjects = await import('../conformance/subjects.js');
  if (name === subjects.eventLogName) return subjects.eventLog;
  const driven = subjects.shimMeant(name, configuration);
  const { manifest, own } = driven === undefined ? await pluginNamed(name, configuration, env) : await shimDriver();
  // Its own harness starts it as it sees fit: without a configuration, say.
  if (typeof own !== 'function') await assertStarts(manifest, configuration, driven);
  return subjects.checkable(manifest, configuration, { own, driven });
}

async function assertStarts(manifest: PluginManifest, configuration: Configuration, driven: string | undefined) {
  const subjects = await import('../conformance/subjects.js');
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-conf-'));
  try {
    await subjects.assertStarts(manifest, configuration, folder, driven);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Named {
  readonly manifest: PluginManifest;
  /** What its module exports to be checked with. */
  readonly own?: unknown;
}

async function shimDriver(): Promise<Named> {
  const { shimPlugin } = await import('@shiplog/plugin-shim');
  return { manifest: shimPlugin };
}

async function pluginNamed(name: string, configuration: Configuration, env: NodeJS.ProcessEnv): Promise<Named> {
  const { manifestOf } = await import('../conformance/subjects.js');
  const known = name.startsWith('io.containerd.') ? manifestOf(name, configuration) : undefined;
  const path = known ? configuration.sources?.get(known) : await pathOf(name, env);
  const manifests = known ? [known] : await loadPlugin(path ?? name);
  const [manifest, ...others] = manifests;
  if (!manifest || others.length > 0) {
    const ids = manifests.map(({ id }) => id).join(', ');
    throw new InvalidArgumentError(`${name} has several plugins: name one, as --plugin ${name} and its ID: ${ids}`);
  }
  return { manifest, ...(path !== undefined && { own: (await importModule(path)).conformance }) };
}

async function pathOf(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { findPlugin, globalFolders } = await import('../config/find-plugin.js');
  return findPlugin(name, [process.cwd(), ...globalFolders(env, fileURLToPath(import.meta.url))]);
}
