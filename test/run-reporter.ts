import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Closes a run with what it did not do: each skipped test with its reason (vitest prints the reason only in its verbose
 * report), then one line of totals for whoever reads the end of a long log.
 */
export class RunReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: 'passed' | 'failed' | 'skipped') =>
      tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;

    const skipped = tests.filter((test) => test.result().state === 'skipped');
    if (skipped.length > 0) process.stdout.write('\nSkipped on this host:\n');
    for (const test of skipped) process.stdout.write(`  ${test.fullName}: ${reasonOf(test)}\n`);

    process.stdout.write(
      `\n${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped\n`,
    );
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
}
