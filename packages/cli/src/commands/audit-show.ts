import {
  assertNotArchived,
  type BlobRef,
  errorMessageOf,
  type LogRecord,
  NotFoundError,
  referencesOf,
  type TaskManager,
} from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { reportDamage } from '../report-damage.js';
import { eventJson } from '../views/event-view.js';
import { parsePosition } from './parse-position.js';

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Shows a record, and what it refers to: the spec, the process, the options. Secrets are masked, and what was ' +
        'shredded says when, by whom and why.',
    )
    .argument('<position>', 'of the record', parsePosition)
    .action((position: number) =>
      cli.inSession(command, async ({ shiplog, common, output }) => {
        const { log, runtime } = shiplog;
        assertNotArchived(log.base, position);
        const [record] = log.read({ after: position - 1, until: position, onDamage: reportDamage(output) });
        if (!record) throw new NotFoundError(`there is no record at position ${position} that can be read`);
        const shown = { ...eventJson(record), payloads: payloadsOf(record, runtime) };
        await (common.json ? output.json(shown) : output.line(JSON.stringify(shown, null, 2)));
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog audit show 120', 'what was asked for there'],
      ['shiplog audit show --json 120 | jq .payloads.spec.value.process.args', 'what was run'],
    ],
  });
};

/** By the name that the event has for each. */
function payloadsOf(record: LogRecord, runtime: TaskManager): Readonly<Record<string, unknown>> {
  const members = Object.entries(record.event).map(([name, member]) => {
    const [own, secrets] = referencesOf({ ...record, event: { [name]: member } });
    if (!own) return undefined;
    const { typeUrl, sha256 } = own;
    const ref: BlobRef = { typeUrl, sha256, ...(secrets && { secrets: secrets.sha256 }) };
    const shown = tried('value', () => runtime.shownPayload(ref));
    // Of secrets nothing is shown but whether they are there.
    const kept = secrets && { secrets: { sha256: secrets.sha256, ...tried('kept', () => isThere(runtime, ref)) } };
    return [name, { typeUrl, sha256, ...shown, ...kept }] as const;
  });
  return Object.fromEntries(members.filter((member) => member !== undefined));
}

function isThere(runtime: TaskManager, ref: BlobRef): true {
  runtime.payload(ref);
  return true;
}

function tried(name: string, read: () => unknown): Readonly<Record<string, unknown>> {
  try {
    return { [name]: read() };
  } catch (error) {
    return { error: errorMessageOf(error) };
  }
}
