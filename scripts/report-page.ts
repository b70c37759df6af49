// Makes the code of the audit report's page: packages/report/page as one script and one style, to be embedded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const folder = join(import.meta.dirname, '..', 'packages', 'report', 'page');

/** In the order in which they hold. */
const sheets = ['theme', 'top', 'toolbar', 'timeline', 'history', 'small', 'print'];

export interface ReportPage {
  readonly script: string;
  readonly style: string;
}

export async function buildReportPage(): Promise<ReportPage> {
  await using bundle = await rolldown({
    input: join(folder, 'main.ts'),
    platform: 'browser',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message);
    },
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  const [{ code }] = output;
  const style = sheets.map((name) => readFileSync(join(folder, 'style', `${name}.css`), 'utf8')).join('\n');
  // It stands in an HTML page as it is, where these would end it.
  if (/<\/script|<!--/i.test(code) || /<\/style/i.test(style)) throw new Error('the page would end in its own code');
  return { script: code.trim(), style: style.replaceAll(/\s*\n\s*/g, ' ').trim() };
}
