/** What a rule is, whatever it is about; and the one way to check it. */
import type { RuntimeCapability } from '@shiplog/core/plugin';

/** A rule of a contract. Its ID never changes, and is never given to another. */
export interface Rule<B> {
  /** `L3`: the letter of its chapter, and a number. */
  readonly id: string;
  readonly text: string;
  /** It holds for those that can do all of this; for the others it is not applicable. */
  readonly needs?: readonly RuntimeCapability[];
  /** Why it does not apply to what the bench has; absent where it always applies. */
  unless?(bench: B): string | undefined;
  /** @throws whatever says that the rule is broken */
  check(bench: B): Promise<void>;
}

export interface Chapter<B> {
  readonly title: string;
  readonly rules: readonly Rule<B>[];
}

/** All rules of one contract. */
export interface Suite<B> {
  /** `PlatformRuntime` */
  readonly contract: string;
  readonly chapters: readonly Chapter<B>[];
}

/** What rules are checked on: new for each. */
export interface Subject<B> {
  /** Absent: all. */
  readonly capabilities?: readonly string[] | undefined;
  open(): Promise<B & { close(): Promise<void> }>;
}

/** Why a rule does not apply; undefined if it does, or if only the bench can tell. */
export function inapplicable<B>({ needs = [] }: Rule<B>, { capabilities }: Subject<B>): string | undefined {
  const missing = capabilities ? needs.filter((word) => !capabilities.includes(word)) : [];
  return missing.length === 0 ? undefined : `it needs ${missing.join(' and ')}`;
}

/**
 * @returns why the rule does not apply, where only the bench could tell
 * @throws what the rule says, or what the cleaning up after it does
 */
export async function checkRule<B>(rule: Rule<B>, { open }: Subject<B>): Promise<string | undefined> {
  const bench = await open();
  let reason: string | undefined;
  try {
    reason = rule.unless?.(bench);
    if (reason === undefined) await rule.check(bench);
  } catch (error) {
    // What the rule says is the news; that nothing can be cleaned up after it, most likely its consequence.
    await bench.close().catch(() => undefined);
    throw error;
  }
  await bench.close();
  return reason;
}
