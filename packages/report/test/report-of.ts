import type { LogRecord, Shredding } from '@shiplog/core';
import { collect, type ReportData, type Scope, type VerificationReport } from '../src/index.js';

export const verified: VerificationReport = {
  verified: true,
  head: 3,
  checks: [{ claim: 'Everything is as it was.', held: true }],
  findings: [],
  found: 0,
  notices: [],
  unchecked: ['The weather.'],
};

export interface DataOptions {
  readonly scope?: Scope;
  readonly verification?: VerificationReport;
  readonly wanted?: (record: LogRecord) => boolean;
  readonly shown?: () => boolean;
  readonly shreddings?: ReadonlyMap<string, Shredding>;
}

export function dataOf(records: readonly LogRecord[], options: DataOptions = {}): ReportData {
  const {
    scope = {},
    verification = verified,
    wanted = () => true,
    shown = () => true,
    shreddings = new Map(),
  } = options;
  return collect({
    head: {
      origin: 'b1a7',
      generatedAt: '2026-01-01T01:00:00.000Z',
      generator: 'shiplog 0.1.0',
      scope,
      verification,
    },
    records,
    wanted,
    shown,
    shreddings,
    commandLine: (argv) => argv.join(' '),
    summarize: ({ message, exitStatus, execId }) =>
      [execId, exitStatus !== undefined && `exit code ${exitStatus}`, message].filter(Boolean).join(', '),
  });
}
