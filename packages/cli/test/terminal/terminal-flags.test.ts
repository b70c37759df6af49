import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  type AttachFlags,
  addAttachFlags,
  addTerminalFlags,
  assertTerminal,
  ioOf,
  type TerminalFlags,
} from '../../src/terminal/terminal-flags.js';

function parse(...args: readonly string[]): TerminalFlags & AttachFlags {
  const command = new Command('run').exitOverride().configureOutput({ outputError: () => {} });
  addTerminalFlags(command);
  addAttachFlags(command);
  return command.parse(args, { from: 'user' }).opts();
}

describe('the flags of a terminal', () => {
  it('are what docker and podman have', () => {
    expect(parse('-it', '--sig-proxy=false')).toEqual({ interactive: true, tty: true, sigProxy: false });
    expect(parse('--interactive', '--tty', '--sig-proxy', 'true')).toMatchObject({ sigProxy: true });
    expect([...(parse('--detach-keys', 'ctrl-a,d').detachKeys ?? [])]).toEqual([1, 0x64]);
    expect(parse('--detach-keys', '').detachKeys).toHaveLength(0);
    for (const wrong of [['--sig-proxy=maybe'], ['--detach-keys', 'ctrl-p ctrl-q']]) {
      expect(() => parse(...wrong)).toThrow(/invalid/);
    }
  });

  it('make the stdio of a process', () => {
    expect(ioOf({}, true)).toEqual({ terminal: false });
    expect(ioOf({ interactive: true }, true)).toEqual({ terminal: false, stdin: 'attach://once' });
    expect(ioOf({ interactive: true }, false)).toEqual({ terminal: false, stdin: 'attach://keep' });
    expect(ioOf({ tty: true }, true)).toEqual({ terminal: true });
  });

  it('need a terminal to type on one', () => {
    const both = { interactive: true, tty: true };
    expect(() => assertTerminal(both, () => ({ isTTY: false }))).toThrow(/the input device is not a TTY/);
    assertTerminal(both, () => ({ isTTY: true }));
    for (const flags of [{ interactive: true }, { tty: true }, {}]) assertTerminal(flags, () => ({}));
  });
});
