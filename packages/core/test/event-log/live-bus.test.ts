import { describe, expect, it } from 'vitest';
import { LiveBus } from '../../src/event-log/live-bus.js';

/** Whether it has resolved by the next turn of the event loop. */
async function resolved(promise: Promise<void>): Promise<boolean> {
  const pending = new Promise<'pending'>((resolve) => setImmediate(resolve, 'pending'));
  return (await Promise.race([promise, pending])) !== 'pending';
}

describe('the live bus', () => {
  it('wakes all who wait when there is something new', async () => {
    const bus = new LiveBus();
    const waiting = [bus.changed(), bus.changed()];
    bus.announce(1);
    await Promise.all(waiting);
    expect(await resolved(bus.changed())).toBe(false);
  });

  it.each([3, 2, 0])('does not wake anybody for position %i once it has announced 3', async (position) => {
    const bus = new LiveBus();
    bus.announce(3);
    const waiting = bus.changed();
    bus.announce(position);
    expect(await resolved(waiting)).toBe(false);
    bus.announce(4);
    expect(await resolved(waiting)).toBe(true);
  });

  it('wakes everybody when it closes, and lets nobody wait any more', async () => {
    const bus = new LiveBus();
    const waiting = bus.changed();
    bus.close();
    await waiting;
    expect(await resolved(bus.changed())).toBe(true);
    expect(bus.closed).toBe(true);
  });

  it('wakes by the signal him alone who gave it', async () => {
    const bus = new LiveBus();
    const ending = new AbortController();
    const mine = bus.changed(ending.signal);
    const other = bus.changed();
    ending.abort();
    expect(await resolved(mine)).toBe(true);
    expect(await resolved(other)).toBe(false);
    expect(await resolved(bus.changed(ending.signal))).toBe(true);
  });
});
