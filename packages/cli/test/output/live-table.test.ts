import { describe, expect, it } from 'vitest';
import { Output } from '../../src/output/output.js';
import type { Column } from '../../src/output/table.js';
import { MemoryStream } from '../memory-streams.js';

const columns: readonly Column<number>[] = [{ title: 'N', value: (n) => n }];
const [hide, show, toEnd, below] = ['\u001b[?25l', '\u001b[?25h', '\u001b[K', '\u001b[J'];
const up = (lines: number) => `\r\u001b[${lines}A`;

class Screen extends MemoryStream {
  readonly rows = 4;
}

async function drawing(stdout: MemoryStream, ...pictures: readonly (readonly number[] | 'resize')[]): Promise<string> {
  const output = new Output({ stdout, stderr: new MemoryStream() }, { NO_COLOR: '1' });
  await using table = await output.liveTable(columns);
  for (const picture of pictures) {
    if (picture === 'resize') stdout.emit('resize');
    else await table.draw(picture);
  }
  return stdout.text;
}

describe('a live table', () => {
  it('draws each picture over the one before, and gives the cursor back', async () => {
    const stdout = new Screen({ isTTY: true });
    const first = `${hide}N${toEnd}\n1${toEnd}\n2${toEnd}\n${below}`;
    expect(await drawing(stdout, [1, 2], [3])).toBe(`${first}${up(3)}N${toEnd}\n3${toEnd}\n${below}`);
    expect(stdout.text.endsWith(show)).toBe(true);
    expect(stdout.listenerCount('resize')).toBe(0);
  });

  it('never draws more lines than the screen holds', async () => {
    expect(await drawing(new Screen({ isTTY: true }), [1, 2, 3, 4])).toBe(
      `${hide}N${toEnd}\n1${toEnd}\n2${toEnd}\n${below}`,
    );
  });

  it('begins anew on a terminal of another size', async () => {
    const text = await drawing(new Screen({ isTTY: true }), [1], 'resize', [2]);
    expect(text).toContain(`${below}\u001b[H\u001b[2JN${toEnd}`);
  });

  it('is one table below the other where there is no terminal, and moves no cursor', async () => {
    const stdout = new MemoryStream();
    expect(await drawing(stdout, [1], [2])).toBe('N\n1\nN\n2\n');
    expect(stdout.text).toBe('N\n1\nN\n2\n');
  });
});
