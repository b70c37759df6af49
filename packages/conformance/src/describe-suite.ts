/** A suite as tests of vitest: one for each rule. */
import { describe, test } from 'vitest';
import { checkRule, inapplicable, type Subject, type Suite } from './rule.js';

/** Milliseconds: as long as `runSuite` lets a rule take, on a machine that has other things to do. */
const timeLimit = 30_000;

export interface SuiteTests<B> extends Subject<B> {
  readonly name: string;
  /** Why this host cannot check it; the rules are then counted as skipped. */
  readonly skip?: string | undefined;
}

export function describeSuite<B>(suite: Suite<B>, { name, skip, ...subject }: SuiteTests<B>): void {
  describe(`${suite.contract}: ${name}`, () => {
    for (const { title, rules } of suite.chapters) {
      describe(title, () => {
        const named = rules.map((rule) => ({ name: `${rule.id} ${rule.text}`, rule }));
        test.for(named)('$name', { timeout: timeLimit }, async ({ rule }, context) => {
          const reason = skip ?? inapplicable(rule, subject);
          if (reason !== undefined) context.skip(reason);
          const unfit = await checkRule(rule, subject);
          if (unfit !== undefined) context.skip(unfit);
        });
      });
    }
  });
}
