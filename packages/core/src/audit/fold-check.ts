/** Whether what archiving carried on is what the archived records say. */
import type { RecordedEvent } from '../event-log/event-log.js';
import type { LogBase } from '../event-log/log-base.js';
import { canonicalText } from '../kernel/canonical-json.js';
import { type ArchiveFolds, archiveFoldVersions } from './archive-folds.js';
import type { Findings } from './finding.js';

/**
 * @param folds all archived records went through it
 * @param told the event that says that the last ones of them were archived, and what made of them what is carried on
 */
export function checkFolds(
  base: LogBase,
  folds: ArchiveFolds,
  told: RecordedEvent | undefined,
  findings: Findings,
  notices: string[],
): void {
  const wanted = new Map<string, Map<string, Uint8Array>>(
    Object.keys(archiveFoldVersions).map((fold) => [fold, new Map()]),
  );
  for (const [fold, key, value] of folds.changes()) if (value) wanted.get(fold)?.set(key, value);
  for (const [fold, values] of wanted) {
    const version = base.foldVersion(fold);
    if (!isVouchedFor(fold, version, told)) {
      const what = `what was carried on of archived records (${fold}) is said to be of version ${version ?? 'none'}`;
      findings.add('archive', `${what}, which no event says`);
    } else if (version === archiveFoldVersions[fold]) checkFold(base, fold, values, findings);
    else {
      notices.push(
        `what was carried on of archived records (${fold}) was made by another version: it was not looked at`,
      );
    }
  }
}

/** The first events of this kind told of no versions: then it is one that we know of. */
function isVouchedFor(fold: string, version: number | undefined, told: RecordedEvent | undefined): boolean {
  const versions = told?.event.folds;
  if (Array.isArray(versions)) {
    const prefix = `${fold} `;
    const said = versions.map(String).find((text) => text.startsWith(prefix));
    return said === (version === undefined ? undefined : prefix + version);
  }
  return Number.isInteger(version) && Number(version) >= 1 && Number(version) <= (archiveFoldVersions[fold] ?? 0);
}

/** The order of members tells where the log was cut: a state that was carried on is in another than one that was just made. */
function saysTheSame(one: Uint8Array, other: Uint8Array): boolean {
  if (Buffer.compare(one, other) === 0) return true;
  const text = canonicalText(Buffer.from(one).toString());
  return text !== undefined && text === canonicalText(Buffer.from(other).toString());
}

function checkFold(base: LogBase, fold: string, values: Map<string, Uint8Array>, findings: Findings): void {
  for (const [key, value] of base.foldedEntries(fold)) {
    const same = values.get(key);
    values.delete(key);
    if (same && saysTheSame(same, value)) continue;
    findings.add('archive', `what was carried on of archived records is not what they say: ${fold}, ${key}`);
  }
  for (const key of values.keys()) {
    findings.add('archive', `what was carried on of archived records is not there: ${fold}, ${key}`);
  }
}
