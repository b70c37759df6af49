/** The rules of a suite one after the other, without a test runner. */
import { errorMessageOf } from '@shiplog/core/plugin';
import { checkRule, inapplicable, type Rule, type Subject, type Suite } from './rule.js';

export interface RuleResult {
  readonly rule: string;
  readonly text: string;
  readonly chapter: string;
  readonly outcome: 'passed' | 'failed' | 'not-applicable';
  /** Why it failed, or does not apply. */
  readonly reason?: string;
  readonly durationMs: number;
}

export interface RunSuiteOptions {
  /** Milliseconds that one rule may take; 30,000 when absent. What hangs longer has failed, and is left alone. */
  readonly timeLimit?: number;
  /** IDs of rules or letters of chapters; all when absent. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
}

/** @throws nothing that a rule throws: that is its result */
export async function* runSuite<B>(
  suite: Suite<B>,
  subject: Subject<B>,
  { timeLimit = 30_000, only, signal }: RunSuiteOptions = {},
): AsyncGenerator<RuleResult> {
  for (const { title: chapter, rules } of suite.chapters) {
    for (const rule of rules) {
      if (signal?.aborted) return;
      if (only && !only.some((word) => word === rule.id || word === rule.id.replace(/\d+$/, ''))) continue;
      const began = performance.now();
      const { outcome, reason } = await resultOf(rule, subject, timeLimit);
      yield {
        rule: rule.id,
        text: rule.text,
        chapter,
        outcome,
        ...(reason !== undefined && { reason }),
        durationMs: performance.now() - began,
      };
    }
  }
}

async function resultOf<B>(
  rule: Rule<B>,
  subject: Subject<B>,
  timeLimit: number,
): Promise<Pick<RuleResult, 'outcome' | 'reason'>> {
  const unfit = inapplicable(rule, subject);
  if (unfit !== undefined) return { outcome: 'not-applicable', reason: unfit };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it hung: it took longer than ${timeLimit} ms`)), timeLimit);
  try {
    const reason = await Promise.race([checkRule(rule, subject), late.promise]);
    return reason === undefined ? { outcome: 'passed' } : { outcome: 'not-applicable', reason };
  } catch (error) {
    return { outcome: 'failed', reason: firstLines(errorMessageOf(error)) };
  } finally {
    clearTimeout(timer);
  }
}

/** What an assertion says, without the values in full. */
function firstLines(message: string): string {
  return message.split('\n')[0] ?? message;
}
