import { MemoryEventLog, taskProjection, verifyProjection } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { verificationOfReplay } from '../src/index.js';

const replayed = { position: 7, records: 7, streams: 2, differences: [], damage: [] };

describe('what a replay proves', () => {
  it('is verified where nothing differs, and says what that means', async () => {
    await using log = new MemoryEventLog({ projections: [taskProjection] });
    const report = verificationOfReplay(verifyProjection(log));
    expect(report).toMatchObject({ verified: true, head: 0, findings: [] });
    expect(report.checks.every(({ held }) => held)).toBe(true);
    expect(report.unchecked).toHaveLength(1);
  });

  it('is not where a record cannot be read', () => {
    const report = verificationOfReplay({ ...replayed, damage: [{ position: 4, reason: 'its bytes are not JSON' }] });
    expect(report.verified).toBe(false);
    expect(report.findings).toEqual([{ position: 4, text: 'The record cannot be read: its bytes are not JSON.' }]);
    expect(report.checks.map(({ held }) => held)).toEqual([false, true]);
  });

  it('is not where a stored state differs', () => {
    const difference = { namespace: 'default', task: 'web', stored: '{}', replayed: undefined };
    const report = verificationOfReplay({ ...replayed, differences: [difference] });
    expect(report.verified).toBe(false);
    expect(report.findings[0]?.text).toContain('default/web');
    expect(report.checks.map(({ held }) => held)).toEqual([true, false]);
  });
});
