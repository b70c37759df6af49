import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { reportHtml, reportMark } from '../src/index.js';
import { recordsOf } from './records.js';
import { dataOf, verified } from './report-of.js';

const page = { script: 'void 0;', style: 'body{margin:0}' };
const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'&\u202e';

describe('the page', () => {
  const html = reportHtml(
    dataOf(
      recordsOf({ type: hostile, task: hostile, namespace: hostile, user: hostile, event: { message: hostile } }),
      { scope: { task: hostile, namespace: hostile } },
    ),
    page,
  );

  it('begins with the mark by which a report is known', () => {
    expect(html.startsWith(reportMark)).toBe(true);
  });

  it('has nothing of the log in it but text and base 64', () => {
    expect(html).not.toContain('alert(1)</script>');
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('&lt;/script&gt;&lt;script&gt;alert(1)');
  });

  it('allows its own script and style, and no network', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash(page.script)}; style-src ${hash(page.style)}; base-uri 'none'; form-action 'none'`,
    );
  });

  it('carries the data, whole', () => {
    const data = dataOf(recordsOf({ type: '/tasks/create', task: hostile }));
    const embedded = /id="data">([^<]+)</.exec(reportHtml(data, page))?.[1] ?? '';
    expect(JSON.parse(inflateRawSync(Buffer.from(embedded, 'base64')).toString())).toEqual(data);
  });
});

describe('the verification on top', () => {
  const shown = (verification: typeof verified) => reportHtml(dataOf([], { verification }), page);

  it('says what holds and what was not checked', () => {
    const html = shown(verified);
    expect(html).toMatch(/<\/span> Verified<small>up to position 3</);
    expect(html).toContain('<b>Holds</b> Everything is as it was.');
    expect(html).toContain('<b>Not checked</b> The weather.');
  });

  it('says what does not, and where', () => {
    const findings = [{ position: 2, text: 'A <byte> was flipped.' }];
    const html = shown({
      ...verified,
      verified: false,
      checks: [{ claim: 'All is well.', held: false }],
      findings,
      found: 1,
    });
    expect(html).toContain('Not verified<small>up to position 3, 1 finding');
    expect(html).toContain('<b>Does not hold</b> All is well.');
    expect(html).toContain('<b>Position 2</b> A &lt;byte&gt; was flipped.');
    expect(html).not.toContain('class="verification good"');
  });

  it('shows a hundred findings, and tells of the others', () => {
    const findings = Array.from({ length: 102 }, (_, index) => ({ position: index + 1, text: 'gone' }));
    const html = shown({ ...verified, verified: false, findings, found: 1_500 });
    expect(html).toContain('Position 100');
    expect(html).not.toContain('Position 101');
    expect(html).toContain('and 1,400 more');
  });

  it('tells what is no fault, each as text', () => {
    const html = shown({ ...verified, notices: [`Record 7: shredded by ${hostile}.`] });
    expect(html).toContain('<b>Notice</b> Record 7: shredded by &lt;/script&gt;');
    expect(html).toContain('class="verification good"');
  });

  it('shows the root hash and the checkpoint', () => {
    const html = shown({ ...verified, rootHash: 'ab12', checkpoint: 'origin\n3\nroot=\n\n— key sig\n' });
    expect(html).toContain('<code>ab12</code>');
    expect(html).toContain('origin\n3\nroot=\n\n— key sig');
  });
});
