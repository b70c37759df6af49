import { generateKeyPairSync } from 'node:crypto';
import { MemoryEventLog, makeCheckpoint, parseCheckpoint, taskProjection, verifyLog } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { verificationOf } from '../src/index.js';

const { privateKey } = generateKeyPairSync('ed25519');
const clean = verifyLog(new MemoryEventLog({ projections: [taskProjection] }));
const broken = (...findings: (typeof clean)['findings']) => ({
  ...clean,
  verified: false,
  findings,
  found: findings.length,
});
const heldOf = (verification: Parameters<typeof verificationOf>[0]) =>
  verificationOf(verification).checks.map(({ held }) => held);

describe('what a verification proves', () => {
  it('is verified where nothing was found, and says what that means and what is left open', () => {
    const report = verificationOf(clean);
    expect(report).toMatchObject({ verified: true, head: 0, rootHash: clean.root, findings: [], found: 0 });
    expect(report.checks.every(({ held }) => held)).toBe(true);
    expect(report.unchecked).toEqual([expect.stringContaining('a checkpoint which was kept elsewhere')]);
  });

  it.each([
    ['missing', [false, true, true, true]],
    ['damaged', [false, true, true, true]],
    ['unknown', [false, true, true, true]],
    ['reordered', [false, true, true, true]],
    ['index', [false, true, true, true]],
    ['added', [false, true, true, true]],
    ['changed', [true, false, true, true]],
    ['unproved', [true, false, true, true]],
    ['tree', [true, false, true, true]],
    ['blob', [true, true, false, true]],
    ['state', [true, true, true, false]],
  ] as const)('tells which claim a finding of the kind %s is against', (kind, expected) => {
    const verification = broken({ kind, position: 4, message: 'record 4 is wrong' });
    expect(heldOf(verification)).toEqual(expected);
    expect(verificationOf(verification)).toMatchObject({
      verified: false,
      findings: [{ position: 4, text: 'Record 4 is wrong.' }],
      found: 1,
    });
  });

  it('says of archived records whether they were looked at, and whether they are what left the log', () => {
    const log = { ...clean, size: 30, records: 30 };
    const looked = verificationOf({ ...log, archived: { position: 20, complete: true } });
    expect(looked.checks.map(({ claim }) => claim)).toContainEqual(
      expect.stringMatching(/^The 20 records that were arch/),
    );
    expect(looked.checks[0]?.claim).toContain('Each of the 30 records');
    const unseen = verificationOf({ ...log, archived: { position: 20, complete: false } });
    expect(unseen.checks[0]?.claim).toContain('Each of the 10 records');
    expect(unseen.unchecked).toContain('What was archived, up to position 20: its files were not at hand.');
    const finding = { kind: 'archive', message: 'a file is another' } as const;
    const wrong = verificationOf({ ...broken(finding), archived: { position: 20, complete: false } });
    expect(wrong.checks.filter(({ held }) => !held).map(({ claim }) => claim)).toEqual([
      expect.stringMatching(/^The 20 records that were archived/),
    ]);
  });

  it.each(['checkpoint', 'signature', 'origin', 'truncated', 'rewritten'] as const)(
    'has a claim on checkpoints where there is one: %s is against it',
    (kind) => {
      const verification = { ...broken({ kind, message: 'it does not fit' }), checkpoints: 2 };
      expect(heldOf(verification)).toEqual([true, true, true, true, false]);
    },
  );

  it('has the checkpoint that was kept elsewhere, and what came after it', async () => {
    await using log = new MemoryEventLog();
    const note = await makeCheckpoint(log, privateKey);
    const against = parseCheckpoint(note);
    const later = { ...verifyLog(log, { against }), size: 9 };
    const report = verificationOf(later, against);
    expect(report.checkpoint).toBe(note);
    expect(report.checks.at(-1)?.claim).toContain('the one that was kept elsewhere, of 0 records,');
    expect(report.unchecked).toEqual([expect.stringContaining('from position 1 on')]);
  });

  it('tells what is no fault: what was shredded, or a clock that was set back', () => {
    expect(verificationOf({ ...clean, notices: ['record 7: a payload was shredded'] }).notices).toEqual([
      'Record 7: a payload was shredded.',
    ]);
  });

  it('relies on nothing in a file that does not hang together', () => {
    const finding = { kind: 'file', message: 'the file does not hang together' } as const;
    const report = verificationOf({ verified: false, findings: [finding], found: 1, notices: [] });
    expect(report.checks.map(({ held }) => held)).toEqual([false]);
    expect(report.unchecked).toEqual([expect.stringContaining('nothing in the file can be relied on')]);
    expect(report.rootHash).toBeUndefined();
  });
});
