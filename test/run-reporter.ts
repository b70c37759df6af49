import type { Reporter, TestCase, TestModule } from 'vitest/node';

const mostOfAMessage = 1_000;

/**
 * Closes a run with what it did not do: each skipped test with its reason (vitest prints the reason only in its verbose
 * report), then what failed and one line of totals, for whoever has only the end of a long log.
 */
export class RunReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: 'passed' | 'failed' | 'skipped') =>
      tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0);

    const skipped = tests.filter((test) => test.result().state === 'skipped');
    if (skipped.length > 0) process.stdout.write('\nSkipped on this host:\n');
    for (const test of skipped) process.stdout.write(`  ${test.fullName}: ${reasonOf(test)}\n`);

    const failed = tests.filter((test) => test.result().state === 'failed');
    if (failed.length + broken.length > 0) process.stdout.write('\nFailed:\n');
    for (const test of [...broken, ...failed]) process.stdout.write(`  ${nameOf(test)}\n${errorsOf(test)}`);

    process.stdout.write(
      `\n${count('passed')} passed, ${count('failed') + broken.length} failed, ${count('skipped')} skipped\n`,
    );
  }
}

function nameOf(test: TestCase | TestModule): string {
  return test.type === 'module' ? test.relativeModuleId : `${test.module.relativeModuleId}: ${test.fullName}`;
}

function errorsOf(test: TestCase | TestModule): string {
  const errors = (test.type === 'module' ? test.errors() : test.result().errors) ?? [];
  return errors.map(({ message }) => `${message.replaceAll(/^/gm, '    ').slice(0, mostOfAMessage)}\n`).join('');
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
}
