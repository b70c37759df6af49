import { join, resolve } from 'node:path';
import {
  ensureSigningKey,
  formatVerifierKey,
  logNameOf,
  makeCheckpoint,
  parseCheckpoint,
  readSigningKey,
  signingKeyFile,
  verifierKeyOf,
} from '@shiplog/core';
import { type BundleSelection, evidenceBundle } from '@shiplog/export';
import type { Cli } from '../command.js';
import type { OpenLog } from '../open-log.js';
import { readText } from '../read-text.js';
import { type SelectionFlags, selectionOf } from '../record-selection.js';
import type { ExportedLines } from './exported-lines.js';

export interface BundleFlags {
  readonly key?: string;
  readonly against?: string;
  readonly payloads?: true;
}

/** Signs what the log is now, and makes the evidence of what is asked for. */
export async function makeBundle(
  { log, common }: OpenLog,
  flags: SelectionFlags & BundleFlags,
  cli: Cli,
): Promise<ExportedLines> {
  const { namespace, stream } = selectionOf(common, flags);
  const { from, to, since, until } = flags;
  const selection: BundleSelection = {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(namespace !== undefined && { namespace }),
    ...(stream && { task: stream.task }),
  };
  const against = flags.against === undefined ? undefined : parseCheckpoint(await readText(flags.against, cli));
  const key =
    flags.key === undefined ? ensureSigningKey(join(common.root, signingKeyFile)) : readSigningKey(resolve(flags.key));
  let damaged = 0;
  let unread = 0;
  const { head, lines, withheld } = evidenceBundle(log, {
    checkpoint: await makeCheckpoint(log, key),
    key: formatVerifierKey(verifierKeyOf(key, logNameOf(log.origin))),
    selection,
    ...(against && { against }),
    ...(flags.payloads && { payloads: true }),
    onUnread({ sha256, position, reason }) {
      unread += 1;
      cli.output.talk(`the payload ${sha256}, which record ${position} refers to, is not in it: ${reason}`);
    },
    onDamage({ position, reason }) {
      damaged += 1;
      cli.output.talk(`the record at position ${position} is no evidence: ${reason}`);
    },
  });
  if (withheld > 0) {
    cli.output.talk(`payloads that an older version stored with their secrets are not in it: ${withheld}`);
  }
  const payloads = head.payloads === undefined ? '' : `, and ${numbered(head.payloads, 'payload')}`;
  return {
    lines,
    count: () => `evidence of ${numbered(head.records, 'record')}${payloads}`,
    badNews() {
      if (damaged > 0) return 'the log was changed: `shiplog audit verify` says more';
      return unread > 0 ? 'not all payloads could be read: `shiplog audit verify` says more' : undefined;
    },
  };
}

function numbered(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
