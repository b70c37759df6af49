import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../src/kernel/exact-json.js';
import { typeUrls } from '../../src/kernel/typed-any.js';
import { joinSecrets, partSecrets } from '../../src/runtime/secrets.js';

const spec = {
  process: { args: ['mysqld', '--password=hush'], env: ['PATH=/bin', 'TOKEN=hush=hush', 'EMPTY=', 'BARE'] },
  hooks: { prestart: [{ path: '/bin/true', env: ['KEY=hush'] }, { path: '/bin/false' }] },
  annotations: { 'a/b': 'hush', 'io.shiplog.secrets': '/annotations/a~1b  /hooks/prestart/0/path' },
};

describe('the secrets of a spec', () => {
  it('are the values of variables, its own and of its hooks, what the caller marks, and what it marks itself', () => {
    const { shown, secrets } = partSecrets(typeUrls.spec, spec, ['/process/args/1']);
    expect(shown).toEqual({
      process: { args: ['mysqld', '***'], env: ['PATH=***', 'TOKEN=***', 'EMPTY=***', 'BARE'] },
      hooks: { prestart: [{ path: '***', env: ['KEY=***'] }, { path: '/bin/false' }] },
      annotations: { 'a/b': '***', 'io.shiplog.secrets': '/annotations/a~1b  /hooks/prestart/0/path' },
    });
    expect(secrets).toEqual({
      '/process/args/1': '--password=hush',
      '/annotations/a~1b': 'hush',
      '/hooks/prestart/0/path': '/bin/true',
      '/process/env/0': 'PATH=/bin',
      '/process/env/1': 'TOKEN=hush=hush',
      '/process/env/2': 'EMPTY=',
      '/hooks/prestart/0/env/0': 'KEY=hush',
    });
    expect(joinSecrets(shown, secrets)).toEqual(spec);
  });

  it('may be a part as a whole', () => {
    const { shown, secrets } = partSecrets(typeUrls.spec, spec, ['/process/args', '/process/env']);
    expect(shown).toMatchObject({ process: { args: '***', env: '***' } });
    expect(joinSecrets(shown, secrets)).toEqual(spec);
  });

  it('of a process are the values of its variables', () => {
    const { shown } = partSecrets(typeUrls.process, spec.process, ['/args/1']);
    expect(shown).toEqual({ args: ['mysqld', '***'], env: ['PATH=***', 'TOKEN=***', 'EMPTY=***', 'BARE'] });
  });

  it('are none in what is no spec', () => {
    for (const value of [{ env: ['A=b'] }, null, undefined, 7, 'x', [], { process: { env: 'A=b' }, hooks: 7 }]) {
      expect(partSecrets('other', value, [])).toEqual({ shown: value, secrets: {} });
      expect(partSecrets(typeUrls.spec, value, [])).toEqual({ shown: value, secrets: {} });
    }
  });

  it.each(['/process/args/2', '/nothing/there', '/process/args/constructor', '/process/env/0/x'])(
    'cannot be where nothing is: %s',
    (pointer) => {
      expect(() => partSecrets(typeUrls.spec, spec, [pointer])).toThrow(`there is nothing at ${pointer}`);
    },
  );

  it.each(['', 'args', 'process/args', '/~2', '/a~'])('are marked by a pointer, which %j is not', (text) => {
    expect(() => partSecrets(typeUrls.spec, spec, [text])).toThrow('is no JSON pointer');
  });

  it('leave the caller his value, and numbers as they are', () => {
    const text = '{"process":{"env":["A=b"],"rlimits":[{"hard":18446744073709551615}]}}';
    const value = parseExactJson(text);
    const { shown, secrets } = partSecrets(typeUrls.spec, value, []);
    expect(JSON.stringify(value)).toBe(text);
    expect(JSON.stringify(shown)).toBe(text.replace('A=b', 'A=***'));
    expect(JSON.stringify(joinSecrets(shown, secrets))).toBe(text);
  });

  it('never stay in what is shown, whatever the spec, and come back whole', () => {
    const name = fc.stringMatching(/^[A-Z_]{1,8}$/);
    const value = fc.uuid();
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.jsonValue(), (variables, other) => {
        const given = { other, process: { env: variables.map(([key, secret]) => `${key}=${secret}`) } };
        const { shown, secrets } = partSecrets(typeUrls.spec, given, []);
        const text = JSON.stringify(shown);
        for (const [, secret] of variables) expect(text).not.toContain(secret);
        expect(JSON.stringify(joinSecrets(shown, secrets))).toBe(JSON.stringify(given));
      }),
    );
  });
});
