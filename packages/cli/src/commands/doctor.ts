import { type DiagnoseOptions, type Diagnosis, diagnose, type LogRecord } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { commonOptionsOf } from '../common-options.js';
import { configurationOf } from '../config/configuration.js';
import { UnhealthyError } from '../errors.js';
import type { Output } from '../output/output.js';
import { printable } from '../output/printable.js';
import type { Session } from '../session.js';
import { as, type FindingView, fatesOf } from '../views/finding-fates.js';

interface Options {
  readonly fix?: true;
  readonly verify: boolean;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Tells what is wrong with this host and with the root, each with a reason and with what to do, and changes nothing: ' +
        'programs, folders, disks, the log, the clock; tasks whose process is gone, requests without an outcome, and what ' +
        'tasks that are no more have left. --fix mends what recovery may mend; each mend is an event in the log.',
    )
    .option('--fix', 'mend what may be mended, and say what was done')
    .option('--no-verify', 'do not check every byte of the log, which takes its time where it is long')
    .action(async ({ fix, verify }: Options) => {
      const { root, state, json } = commonOptionsOf(command, cli.env);
      if (json) cli.output.hideProgress();
      const { plugins, sources, refused, config, startTimeout } = await configurationOf(
        commonOptionsOf(command, cli.env),
        cli.env,
      );
      const given: DiagnoseOptions = {
        ...{ root, state, verify, plugins },
        ...(sources && { sources }),
        ...(refused && { refused }),
        ...(config && { config }),
        ...(startTimeout !== undefined && { startTimeout }),
      };
      const look = () => cli.output.during(() => `looking at ${root}`, diagnose(given));
      const before = await look();
      if (!fix) return tell(cli.output, json, before, before.findings.map(as('found')));
      const mends: LogRecord[] = [];
      try {
        await cli.inSession(command, async (session) => void mends.push(...(await mend(session, before))));
      } catch (error) {
        await print(cli.output, json, before.findings.map(as('left')));
        throw error;
      }
      const after = await look();
      await printMends(cli.output, json, mends);
      await tell(cli.output, json, after, fatesOf(before.findings, after.findings, mends));
    });
  addHelp(command, {
    examples: [
      ['shiplog doctor', 'is all well?'],
      ['shiplog doctor --fix', 'and if not, mend it'],
      ['shiplog doctor --json | jq "select(.severity == \\"fault\\")"', 'for a monitoring system'],
    ],
    exitCodes: ['1 something is not as it should be'],
  });
};

/** Opening the root has mended most of it; what this has put into the log. */
async function mend({ shiplog }: Session, { position }: Diagnosis): Promise<readonly LogRecord[]> {
  await shiplog.runtime.recover({ hold: false, thorough: true });
  return [...shiplog.log.read({ after: position })].filter(isOurs);
}

function isOurs({ actor }: LogRecord): boolean {
  return actor.command === 'recovery' && actor.pid === process.pid;
}

async function tell(
  output: Output,
  json: boolean,
  { healthy, findings }: Diagnosis,
  views: readonly FindingView[],
): Promise<void> {
  await print(output, json, views);
  const faults = findings.filter(({ severity }) => severity === 'fault').length;
  if (!healthy) throw new UnhealthyError(`${faults} ${faults === 1 ? 'thing is' : 'things are'} not as it should be`);
  if (!json) await output.line('all is well');
}

async function print(output: Output, json: boolean, views: readonly FindingView[]): Promise<void> {
  if (json) for (const view of views) await output.json(view);
  else await output.lines(views.flatMap((view) => linesOf(output, view)));
}

async function printMends(output: Output, json: boolean, mends: readonly LogRecord[]): Promise<void> {
  for (const { position, type, namespace, task } of mends) {
    if (json) await output.json({ mend: type, position, namespace, task });
    else await output.line(printable(`recorded ${type} of ${namespace}/${task}, position ${position}`));
  }
}

const tones = { fault: 'bad', notice: 'plain' } as const;

function linesOf({ paint }: Output, view: FindingView): readonly string[] {
  const { kind, severity, reason, remedy, namespace, task, fate } = view;
  const whose = task === undefined ? '' : ` ${namespace}/${task}:`;
  const what = printable(`${kind}:${whose} ${reason}`);
  if (fate === 'mended' || fate === 'gone') return [`${paint(fate, 'good')} ${what}`];
  return [`${paint(severity, tones[severity])} ${what}`, `  ${printable(remedy)}`];
}
