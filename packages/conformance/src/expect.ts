/** vitest's `expect`, which is made of chai, without its runner: rules are checked by `shiplog conformance`, too. */
import { chai, type ExpectStatic, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';

// Under vitest it is there already: made twice, each matcher wraps itself, and `rejects` loses the error on its way.
if (!Object.hasOwn(chai.Assertion.prototype, 'toMatchObject')) {
  chai.use(JestExtend);
  chai.use(JestChaiExpect);
  chai.use(JestAsymmetricMatchers);
}

export const expect = chai.expect as unknown as ExpectStatic;
