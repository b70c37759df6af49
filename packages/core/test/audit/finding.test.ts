import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findingKinds } from '../../src/audit/finding.js';

it('every kind of finding, and no other, is explained in docs/audit.md', () => {
  const document = readFileSync(new URL('../../../../docs/audit.md', import.meta.url), 'utf8');
  const section = document.slice(document.indexOf('### What is found'), document.indexOf('### How it ends'));
  const explained = Array.from(section.matchAll(/^\| `([a-z]+)` \|/gm), ([, kind]) => kind);
  expect(explained.sort()).toEqual(Object.keys(findingKinds).sort());
});
