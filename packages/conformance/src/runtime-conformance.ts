/** The rules of `PlatformRuntime`, as one call in a backend's tests. They hold for any nature of backend. */
import { describe, test } from 'vitest';
import { attachRules } from './runtime-attach.js';
import { controlRules } from './runtime-control.js';
import { deadlineRules } from './runtime-deadline.js';
import { execRules } from './runtime-exec.js';
import { Bench, type RuntimeHarness } from './runtime-harness.js';
import { inputRules } from './runtime-input.js';
import { lifecycleRules } from './runtime-lifecycle.js';
import { lookupRules } from './runtime-lookup.js';
import { stdioRules } from './runtime-stdio.js';

export interface RuntimeConformance {
  readonly name: string;
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(): Promise<RuntimeHarness>;
  /** Why this host cannot run the backend; the rules are then counted as skipped. */
  readonly skip?: string | undefined;
}

const chapters = {
  'life of a task': lifecycleRules,
  'finding tasks': lookupRules,
  execs: execRules,
  'signals, pausing, resources': controlRules,
  'bad input and abort': inputRules,
  deadlines: deadlineRules,
  stdio: stdioRules,
  attaching: attachRules,
};

export function runtimeConformance({ name, open, skip }: RuntimeConformance): void {
  describe(`PlatformRuntime: ${name}`, () => {
    for (const [chapter, rules] of Object.entries(chapters)) {
      describe(chapter, () => {
        test.for(rules)('$name', async ({ check }, context) => {
          if (skip !== undefined) context.skip(skip);
          const bench = new Bench(await open());
          try {
            await check(bench);
          } finally {
            await bench.close();
          }
        });
      });
    }
  });
}
