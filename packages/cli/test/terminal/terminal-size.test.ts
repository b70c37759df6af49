import { type ConsoleSize, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { SizeFollower } from '../../src/terminal/terminal-size.js';

function open(resize: () => Promise<void> = async () => {}) {
  const sizes: string[] = [];
  const errors: unknown[] = [];
  const listeners = new Set<() => void>();
  const screen = {
    size: { width: 80, height: 24 } as ConsoleSize | undefined,
    onResize(listener: () => void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  const process = {
    resizePty: ({ width, height }: ConsoleSize) => {
      sizes.push(`${width}x${height}`);
      return resize();
    },
  };
  const follow = () => new SizeFollower(screen, process, (error) => errors.push(error));
  const become = (size: ConsoleSize | undefined): void => {
    screen.size = size;
    for (const listener of listeners) listener();
  };
  const settled = () => new Promise(setImmediate);
  return { sizes, errors, screen, follow, become, settled };
}

describe('SizeFollower', () => {
  it('gives the size at once, and every later one, in order, until it is disposed', async () => {
    const { sizes, follow, become, settled } = open();
    {
      using _follower = follow();
      become({ width: 100, height: 30 });
      become({ width: 101, height: 30 });
    }
    become({ width: 1, height: 1 });
    await settled();
    expect(sizes).toEqual(['80x24', '100x30', '101x30']);
  });

  it('makes a program draw again by another size in between', async () => {
    const { sizes, follow, settled } = open();
    using follower = follow();
    follower.redraw();
    await settled();
    expect(sizes).toEqual(['80x24', '80x25', '80x24']);
  });

  it('says nothing where there is no terminal', async () => {
    const { sizes, screen, follow, settled } = open();
    screen.size = undefined;
    using follower = follow();
    follower.redraw();
    await settled();
    expect(sizes).toEqual([]);
  });

  it('tells of a failure, except that the process has ended', async () => {
    for (const [error, told] of [
      [new NotFoundError('gone'), 0],
      [new InvalidArgumentError('no size'), 1],
    ] as const) {
      const { errors, follow, settled } = open(() => Promise.reject(error));
      using _follower = follow();
      await settled();
      expect(errors).toHaveLength(told);
    }
  });
});
