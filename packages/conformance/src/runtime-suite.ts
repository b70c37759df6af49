/** The rules of `PlatformRuntime`. They hold for any nature of backend. */

import type { Subject, Suite } from './rule.js';
import { attachRules } from './runtime-attach.js';
import { capabilityRules } from './runtime-capabilities.js';
import { controlRules } from './runtime-control.js';
import { deadlineRules } from './runtime-deadline.js';
import { execRules } from './runtime-exec.js';
import { Bench, type RuntimeHarness } from './runtime-harness.js';
import { inputRules } from './runtime-input.js';
import { lifecycleRules } from './runtime-lifecycle.js';
import { lookupRules } from './runtime-lookup.js';
import { stdioRules } from './runtime-stdio.js';

export const runtimeSuite: Suite<Bench> = {
  contract: 'PlatformRuntime',
  chapters: [
    { title: 'life of a task', rules: lifecycleRules },
    { title: 'finding tasks', rules: lookupRules },
    { title: 'execs', rules: execRules },
    { title: 'signals, pausing, resources', rules: controlRules },
    { title: 'bad input and abort', rules: inputRules },
    { title: 'deadlines', rules: deadlineRules },
    { title: 'stdio', rules: stdioRules },
    { title: 'attaching', rules: attachRules },
    { title: 'capabilities', rules: capabilityRules },
  ],
};

export interface RuntimeSubject {
  /** As the plugin's manifest has them; all, when absent. */
  readonly capabilities?: readonly string[] | undefined;
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(): Promise<RuntimeHarness>;
}

export function runtimeSubject({ capabilities, open }: RuntimeSubject): Subject<Bench> {
  return { capabilities, open: async () => new Bench(await open(), capabilities) };
}
