/** Chromium, as Debian has it, on pages of a folder of its own. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '@shiplog/core';
import { type Browser as Chromium, chromium, type Page } from 'playwright-core';
import { buildReportPage } from '../../../../scripts/report-page.ts';
import { type PageCode, reportHtml } from '../../src/index.js';
import { type DataOptions, dataOf } from '../report-of.js';

const executablePath = '/usr/bin/chromium';

/** Why there can be no test in a browser; undefined where there can. */
export const browserMissing = existsSync(executablePath)
  ? undefined
  : `there is no ${executablePath}: apt-get install chromium`;

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Look {
  readonly colorScheme?: 'dark' | 'light';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface OpenPage {
  readonly page: Page;
  /** What went wrong in it, and what it asked for beside itself. */
  readonly complaints: readonly string[];
}

export class Browser implements AsyncDisposable {
  readonly #dir = mkdtempSync(join(tmpdir(), 'shiplog-report-'));
  readonly #code: PageCode;
  readonly #chromium: Chromium;
  #count = 0;

  private constructor(code: PageCode, started: Chromium) {
    this.#code = code;
    this.#chromium = started;
  }

  static async start(): Promise<Browser> {
    // It has a new and empty profile each time.
    return new Browser(await buildReportPage(), await chromium.launch({ executablePath, args }));
  }

  /** The report of these records, ready for the keys. */
  async open(records: readonly LogRecord[], options: DataOptions = {}, look: Look = {}): Promise<OpenPage> {
    this.#count += 1;
    const file = join(this.#dir, `${this.#count}.html`);
    writeFileSync(file, reportHtml(dataOf(records, options), this.#code));
    const { colorScheme = 'light', viewport = { width: 1280, height: 800 } } = look;
    for (const context of this.#chromium.contexts()) await context.close();
    const page = await this.#chromium.newPage({ colorScheme, viewport });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (request.url() !== `file://${file}`) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(`file://${file}`);
    await page.waitForSelector('html[data-ready]');
    return { page, complaints };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chromium.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
