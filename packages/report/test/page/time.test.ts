import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText, ticks } from '../../page/time-text.js';
import { TimeWindow } from '../../page/time-window.js';

const base = Date.UTC(2026, 0, 1, 12, 0, 7);

describe('ticks', () => {
  it.each<[string, number, readonly string[]]>([
    ['seconds', 20_000, ['12:00:10', '12:00:20']],
    ['minutes', 120_000, ['12:01', '12:02']],
    ['hours', 12 * 3_600_000, ['18:00', '01-02']],
    ['days', 2 * 86_400_000, ['2026-01-02', '2026-01-03']],
    ['milliseconds', 10, ['07.000', '07.005', '07.010']],
  ])('are round %s', (_, length, labels) => {
    expect(ticks(base, 0, length, 2).map(({ label }) => label)).toEqual(labels);
  });

  it('lie in the window, and there are no more of them than there is room for', () => {
    const spans = fc.tuple(
      fc.double({ min: 0, max: 1e11, noNaN: true }),
      fc.double({ min: 0.01, max: 1e11, noNaN: true }),
    );
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 40 }), ([from, length], room) => {
        const found = ticks(base, from, from + length, room);
        expect(found.length).toBeLessThanOrEqual(room + 2);
        for (const { at } of found) expect(at >= from - 1e-3 && at <= from + length + 1e-3).toBe(true);
      }),
    );
  });
});

describe('a duration', () => {
  it.each([
    [0.0005, '0.5 µs'],
    [0.25, '250 µs'],
    [12.345, '12.3 ms'],
    [1500, '1.5 s'],
    [150_000, '2 min 30 s'],
    [7_200_000, '2 h'],
    [200_000_000, '2 d 7 h'],
  ])('of %d ms is %s', (length, text) => {
    expect(durationText(length)).toBe(text);
  });
});

describe('the window', () => {
  it('never leaves the span, and is never empty', () => {
    const moves = fc.array(
      fc.oneof(
        fc.record({
          zoom: fc.double({ min: 0.01, max: 100, noNaN: true }),
          at: fc.double({ min: 0, max: 1000, noNaN: true }),
        }),
        fc.record({ pan: fc.double({ min: -3, max: 3, noNaN: true }) }),
        fc.record({ reveal: fc.double({ min: 0, max: 1000, noNaN: true }) }),
      ),
    );
    fc.assert(
      fc.property(moves, (list) => {
        const view = new TimeWindow(1000);
        for (const move of list) {
          if ('zoom' in move) view.zoom(move.zoom, move.at);
          else if ('pan' in move) view.pan(move.pan);
          else view.reveal(move.reveal);
          expect(view.from).toBeGreaterThanOrEqual(0);
          expect(view.to).toBeLessThanOrEqual(1000.001);
          expect(view.to).toBeGreaterThan(view.from);
        }
      }),
    );
  });

  it('keeps what it zooms at in its place', () => {
    const view = new TimeWindow(1000);
    view.zoom(0.5, 250);
    expect([view.from, view.to]).toEqual([125, 625]);
  });
});
