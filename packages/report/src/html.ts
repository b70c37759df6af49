/**
 * The page as one text. What comes from the log is in it twice: the verification as escaped text, which is there without
 * JavaScript, and everything else as compressed bytes in base 64, which no name can break out of. The policy allows the
 * page's own script and style by their hashes, and nothing else: no network, no frame, no form.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { ReportData, Scope } from './data.js';
import type { VerificationReport } from './verification.js';

/** What every report begins with: by this, a report is known that may be written anew. */
export const reportMark = '<!doctype html>\n<!-- shiplog audit report -->\n';

/** The code of the page, from packages/report/page. */
export interface PageCode {
  readonly script: string;
  readonly style: string;
}

export function reportHtml(data: ReportData, page: PageCode): string {
  const { head } = data;
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(page.script)}'`,
    `style-src '${hashOf(page.style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `${reportMark}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Shiplog audit report</title>
<style>${page.style}</style>
</head>
<body>
<header class="top">
<div class="title"><h1>Shiplog audit report</h1><p>${escapeText(scopeText(head.scope))}</p></div>
<dl class="about">
<div><dt>Log</dt><dd>${escapeText(head.origin)}</dd></div>
<div><dt>Made</dt><dd>${escapeText(head.generatedAt.slice(0, 19).replace('T', ' '))} UTC, ${escapeText(head.generator)}</dd></div>
</dl>
</header>
${verificationHtml(head.verification)}
<main id="app"><noscript><p class="noscript">The timeline needs JavaScript, which this page runs without any network.</p></noscript></main>
<script type="text/plain" id="data">${deflateRawSync(JSON.stringify(data)).toString('base64')}</script>
<script>${page.script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Marks that turn the direction of writing are shown as what they are. */
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function escapeText(text: string): string {
  return text
    .replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

function scopeText({ namespace, task, from, to, since, until }: Scope): string {
  const what = [
    task === undefined
      ? namespace === undefined
        ? 'All namespaces'
        : `Namespace ${namespace}`
      : `Task ${task} in namespace ${namespace}`,
    from !== undefined && `from position ${from}`,
    to !== undefined && `to position ${to}`,
    since !== undefined && `since ${since}`,
    until !== undefined && `until ${until}`,
  ];
  return what.filter((part) => part !== false).join(', ');
}

/** Beyond these, only their number is told on the page. */
const shownFindings = 100;

function verificationHtml({
  verified,
  head,
  rootHash,
  checkpoint,
  checks,
  findings,
  found: total,
  notices,
  unchecked,
}: VerificationReport): string {
  const verdict = verified ? 'Verified' : 'Not verified';
  const count = total === 1 ? '1 finding' : `${total.toLocaleString('en-US')} findings`;
  const held = checks.map(
    ({ claim, held }) =>
      `<li class="${held ? 'held' : 'broken'}"><b>${held ? 'Holds' : 'Does not hold'}</b> ${escapeText(claim)}</li>`,
  );
  const told = notices
    .slice(0, shownFindings)
    .map((text) => `<li class="notice"><b>Notice</b> ${escapeText(text)}</li>`);
  const untold = notices.length - told.length;
  if (untold > 0) told.push(`<li class="notice"><b>Notice</b> and ${untold.toLocaleString('en-US')} more</li>`);
  const open = unchecked.map((text) => `<li class="open"><b>Not checked</b> ${escapeText(text)}</li>`);
  const found = findings
    .slice(0, shownFindings)
    .map(
      ({ position, text }) =>
        `<li>${position === undefined ? '' : `<b>Position ${position}</b> `}${escapeText(text)}</li>`,
    );
  const more = total - found.length;
  return `<section class="verification ${verified ? 'good' : 'bad'}" aria-labelledby="verdict">
<h2 id="verdict"><span class="sign" aria-hidden="true">${verified ? '✓' : '✗'}</span> ${verdict}<small>up to position ${head}${verified ? '' : `, ${count}`}</small></h2>
${found.length > 0 ? `<ol class="findings">${found.join('')}${more > 0 ? `<li>and ${more.toLocaleString('en-US')} more</li>` : ''}</ol>\n` : ''}<ul class="checks">${held.join('')}${open.join('')}${told.join('')}</ul>
${treeHtml(rootHash, checkpoint)}</section>`;
}

function treeHtml(rootHash: string | undefined, checkpoint: string | undefined): string {
  if (rootHash === undefined && checkpoint === undefined) return '';
  const root = rootHash === undefined ? '' : `<p class="root">Root hash <code>${escapeText(rootHash)}</code></p>`;
  const note = checkpoint === undefined ? '' : `<pre class="checkpoint">${escapeLines(checkpoint)}</pre>`;
  return `<details><summary>Root hash${checkpoint === undefined ? '' : ' and checkpoint'}</summary>${root}${note}</details>\n`;
}

function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}
