import type { HealthFinding, LogRecord } from '@shiplog/core';

/** `mended` by this command; `gone` by itself, or by somebody else; `left` where it could not be mended. */
export type Fate = 'found' | 'mended' | 'gone' | 'left';

export interface FindingView extends HealthFinding {
  readonly fate: Fate;
}

export const as = (fate: Fate) => (finding: HealthFinding) => ({ ...finding, fate });

/** What became of what was found: those that are not there any more first, then all that is there. */
export function fatesOf(
  before: readonly HealthFinding[],
  after: readonly HealthFinding[],
  mends: readonly Pick<LogRecord, 'namespace' | 'task'>[],
): readonly FindingView[] {
  const left = new Set(after.map(keyOf));
  const isMended = ({ mendable, namespace, task }: HealthFinding) =>
    mendable && mends.some((mend) => mend.namespace === namespace && mend.task === task);
  return [
    ...before
      .filter((finding) => !left.has(keyOf(finding)))
      .map((finding) => as(isMended(finding) ? 'mended' : 'gone')(finding)),
    ...after.map(as('left')),
  ];
}

/** Words may have figures in them that change from one look to the next. */
function keyOf({ kind, namespace, task, about, reason }: HealthFinding): string {
  return JSON.stringify([kind, namespace, task, about ?? reason]);
}
