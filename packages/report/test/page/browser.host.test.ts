import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordsOf } from '../records.js';
import { sampleRecords } from '../sample-records.js';
import { Browser, browserMissing } from './browser.js';

let browser: Browser | undefined;
beforeAll(async () => {
  if (browserMissing === undefined) browser = await Browser.start();
});
afterAll(() => browser?.[Symbol.asyncDispose]());
beforeEach(({ skip }) => {
  if (browserMissing !== undefined) skip(browserMissing);
});

const open = (...given: Parameters<Browser['open']>) => {
  if (!browser) throw new Error('the browser did not start');
  return browser.open(...given);
};

const story = recordsOf(
  { type: '/tasks/create-requested', user: 'ada', uid: 1000, at: 0 },
  { type: '/tasks/create', user: 'ada', uid: 1000, at: 1 },
  { type: '/tasks/start', user: 'ada', uid: 1000, at: 2 },
  { type: '/tasks/create', task: 'db', namespace: 'other', at: 3 },
  { type: '/tasks/exec-started', event: { execId: 'probe' }, at: 4 },
  { type: '/tasks/exit', event: { id: 'probe', exitStatus: 0, certainty: 'observed' }, at: 5 },
  { type: '/tasks/signalled', event: { signal: 15 }, at: 6 },
  { type: '/tasks/oom', at: 7 },
  { type: '/tasks/exit', event: { id: 'web', exitStatus: 137, certainty: 'inferred' }, at: 8 },
  { type: '/tasks/kill-failed', task: 'db', namespace: 'other', event: { message: 'no such process' }, at: 9 },
);

/** What comes of an action is drawn with the next frame; what comes of that drawing (a list that scrolls), with the one behind it. */
async function drawn(page: Page, action: Promise<unknown>): Promise<void> {
  await action;
  await page.evaluate(`new Promise((resolve) => {
    const later = (frames) => (frames === 0 ? resolve() : requestAnimationFrame(() => later(frames - 1)));
    later(3);
  })`);
}

const focused = (page: Page, attribute: string) =>
  page.evaluate(`document.activeElement.getAttribute(${JSON.stringify(attribute)})`);
const listed = (page: Page) => page.locator('.event .position').allTextContents();
const selectedTask = (page: Page) => page.locator('.label[aria-selected=true] .name').textContent();
const where = (page: Page) => page.locator('.where').textContent();

/** How many pixels of the bars have a colour of the style sheet, or nearly so. */
const pixelsOf = (page: Page, name: string): Promise<number> =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('canvas.bars');
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--${name}').trim();
    const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (wanted.every((value, part) => Math.abs(data[at + part] - value) < 12) && data[at + 3] > 240) count += 1;
    }
    return count;
  })()`);

describe('a report in a browser', () => {
  it('shows the verification, the tasks by namespace, and every event, and asks nobody for anything', async () => {
    const { page, complaints } = await open(story);
    expect(await page.locator('#verdict').textContent()).toContain('Verified');
    expect(await page.locator('.label .name').allTextContents()).toEqual(['default', 'web', 'other', 'db']);
    expect(await page.locator('.label .note').allTextContents()).toEqual(['1 task', 'exit 137?', '1 task', 'created']);
    expect(await listed(page)).toEqual(story.map(({ position }) => String(position)));
    expect(complaints).toEqual([]);
    for (const colour of ['running', 'stopped', 'exec', 'kill', 'oom', 'failure']) {
      expect(await pixelsOf(page, colour), colour).toBeGreaterThan(0);
    }
  });

  it('is used at the keys alone: a task, its history, an event, and back', async () => {
    const { page } = await open(story);
    expect(await focused(page, 'role')).toBe('listbox');
    await drawn(page, page.keyboard.press('ArrowDown'));
    expect(await selectedTask(page)).toBe('db');
    await drawn(page, page.keyboard.press('ArrowUp'));
    await drawn(page, page.keyboard.press('Enter'));
    expect(await page.locator('.history h2').textContent()).toBe('web');
    expect(await listed(page)).toEqual(['1', '2', '3', '5', '6', '7', '8', '9']);
    await drawn(page, page.keyboard.press('End'));
    await drawn(page, page.keyboard.press('ArrowUp'));
    expect(await page.locator('.details').textContent()).toContain('/tasks/oom at position 8');
    const selected = await page.locator('.events').getAttribute('aria-activedescendant');
    expect(await page.locator(`#${selected} .position`).textContent()).toBe('8');
    await drawn(page, page.keyboard.press('Escape'));
    expect(await page.locator('.details').isHidden()).toBe(true);
    await drawn(page, page.keyboard.press('Escape'));
    expect(await page.locator('.history h2').textContent()).toBe('Events');
    expect(await focused(page, 'aria-activedescendant')).toBe('row-1');
  });

  it('zooms and pans, and comes back to the whole', async () => {
    const { page } = await open(story);
    const whole = await where(page);
    await drawn(page, page.keyboard.press('+'));
    await expect.poll(() => where(page)).toContain('4.5 s');
    await drawn(page, page.keyboard.press('0'));
    await expect.poll(() => where(page)).toBe(whole);
    await drawn(page, page.getByRole('button', { name: 'Zoom in' }).click());
    await expect.poll(() => where(page)).toContain('4.5 s');
    const left = await pixelsOf(page, 'oom');
    await page.locator('.rows').focus();
    for (let press = 0; press < 9; press += 1) await drawn(page, page.keyboard.press('ArrowRight'));
    await expect.poll(() => pixelsOf(page, 'oom')).not.toBe(left);
  });

  it('leaves out, if it is asked to, the tasks of which nothing is in view', async () => {
    const { page } = await open(
      recordsOf(
        { type: '/tasks/create', task: 'early', at: 0 },
        { type: '/tasks/delete', task: 'early', event: { id: 'early' }, at: 2 },
        { type: '/tasks/create', task: 'long', at: 3 },
        { type: '/tasks/rejected', task: 'never', at: 5 },
        { type: '/tasks/create', task: 'late', at: 9 },
      ),
    );
    const names = () => page.locator('.label.task .name').allTextContents();
    await drawn(page, page.keyboard.press('v'));
    await expect.poll(names).toEqual(['early', 'long', 'never', 'late']);
    await drawn(page, page.keyboard.press('+'));
    await expect.poll(names).toEqual(['long', 'never']);
    await drawn(page, page.getByRole('button', { name: 'Only tasks of which something is in view' }).click());
    await expect.poll(names).toEqual(['early', 'long', 'never', 'late']);
  });

  it('tells of a mark under the pointer, and opens it when it is clicked', async () => {
    const { page } = await open(story);
    const box = await page.locator('canvas.bars').boundingBox();
    if (!box) throw new Error('there is no timeline');
    const x = box.x + 10 + ((box.width - 20) * 7000) / 9001;
    await drawn(page, page.mouse.move(x, box.y + 26 + 12));
    expect(await page.locator('.tooltip').textContent()).toContain('/tasks/oom');
    await drawn(page, page.mouse.click(x, box.y + 26 + 12));
    expect(await page.locator('.details').textContent()).toContain('/tasks/oom at position 8');
  });

  it('filters by namespace, task, user, type, kind and text', async () => {
    const { page } = await open(story);
    const expectListed = (...positions: readonly number[]) =>
      expect.poll(() => listed(page)).toEqual(positions.map(String));
    const clear = () => drawn(page, page.getByRole('button', { name: 'Show everything again' }).click());
    await drawn(page, page.locator('select[name=namespace]').selectOption('other'));
    await expectListed(4, 10);
    await clear();
    await drawn(page, page.locator('input[name=task]').fill('WE'));
    await expectListed(1, 2, 3, 5, 6, 7, 8, 9);
    await clear();
    await drawn(page, page.locator('select[name=user]').selectOption('ada, uid 1000'));
    await expectListed(1, 2, 3);
    await clear();
    await drawn(page, page.locator('select[name=type]').selectOption('/tasks/create'));
    await expectListed(2, 4);
    await clear();
    await drawn(page, page.getByRole('button', { name: '1 Failure' }).click());
    await drawn(page, page.getByRole('button', { name: '1 OOM kill' }).click());
    await expectListed(8, 10);
    expect(await page.locator('.count').textContent()).toBe('2 tasks, 2 of 10 events');
    await clear();
    await drawn(page, page.keyboard.press('/'));
    await page.keyboard.type('such process');
    await expectListed(10);
  });

  it('takes names, users and messages for text, whatever they are', async () => {
    const hostile = '</script><img src=x onerror="document.title=1">\u202e';
    const records = recordsOf(
      { type: '/tasks/create', task: hostile, namespace: hostile, user: hostile },
      { type: hostile, task: hostile, namespace: hostile, event: { message: hostile, [hostile]: hostile } },
    );
    const { page, complaints } = await open(records, { scope: { namespace: hostile } });
    await drawn(page, page.keyboard.press('Enter'));
    await drawn(page, page.keyboard.press('End'));
    const shownText = '</script><img src=x onerror="document.title=1">\\u202e';
    expect(await page.locator('.history h2').textContent()).toBe(shownText);
    expect(await page.locator('.details').textContent()).toContain(shownText);
    expect(await page.title()).toBe('Shiplog audit report');
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('has all of 100,000 events, and no more elements than are in view', async () => {
    const records = sampleRecords(100_000);
    const { page, complaints } = await open(records);
    expect(await page.locator('.count').textContent()).toContain(`${records.length.toLocaleString('en-US')} events`);
    expect(await page.locator('.event').count()).toBeLessThan(100);
    expect(await page.locator('.label').count()).toBeLessThan(100);
    await drawn(page, page.keyboard.press('End'));
    await expect.poll(() => page.locator('.label[aria-selected=true]').count()).toBe(1);
    await page.locator('.events').focus();
    await drawn(page, page.keyboard.press('End'));
    await expect.poll(async () => (await listed(page)).at(-1)).toBe(String(records.length));
    expect(complaints).toEqual([]);
  }, 60_000);

  it('is dark where the reader’s system is, and fits a small window', async () => {
    const look = { colorScheme: 'dark', viewport: { width: 400, height: 700 } } as const;
    const { page, complaints } = await open(story, {}, look);
    const background = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    expect(background).toBe('rgb(21, 24, 27)');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    expect(await pixelsOf(page, 'running')).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  it('goes on paper with the timeline and the events', async () => {
    const { page, complaints } = await open(story, {}, { colorScheme: 'dark' });
    const pdf = await page.pdf();
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.paper tbody tr').count()).toBe(story.length);
    expect(await page.locator('.paper canvas').isVisible()).toBe(true);
    expect(await page.locator('.events').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('says so where there is nothing to show', async () => {
    const { page, complaints } = await open([]);
    expect(await page.locator('.nothing').textContent()).toContain('no event');
    expect(complaints).toEqual([]);
  });
});
