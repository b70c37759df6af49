import { describe, expect, it } from 'vitest';
import { paintNothing } from '../../src/output/style.js';
import { type Column, RowRenderer, renderTable } from '../../src/output/table.js';

interface Ship {
  readonly name: string;
  readonly crew: number;
}

const columns: readonly Column<Ship>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'CREW', value: ({ crew }) => crew, align: 'right' },
];
const plain = { paint: paintNothing };

describe('renderTable', () => {
  it('makes columns as wide as what they hold, and no blanks at the end', async () => {
    const ships = [
      { name: 'Fram', crew: 13 },
      { name: 'Endurance', crew: 28 },
    ];
    expect(await renderTable(columns, ships, plain)).toEqual(['NAME       CREW', 'Fram         13', 'Endurance    28']);
  });

  it('shows the titles where there is nothing to show', async () => {
    expect(await renderTable(columns, [], plain)).toEqual(['NAME  CREW']);
  });

  it('cuts the widest column until the line fits', async () => {
    const [, line] = await renderTable(columns, [{ name: 'A name that goes on and on', crew: 1 }], {
      ...plain,
      width: 20,
    });
    expect(line).toBe('A name that g…     1');
    expect(line).toHaveLength(20);
  });

  it('cuts a column that yields before the others', async () => {
    const [name, crew] = columns;
    const remark: Column<Ship> = { title: 'REMARK', value: () => 'lost in the ice', yields: 'first' };
    const [, line] = await renderTable([name!, crew!, remark], [{ name: 'A rather long name', crew: 1 }], {
      ...plain,
      width: 38,
    });
    expect(line).toBe('A rather long name     1  lost in the…');
  });

  it('cuts what people copy after everything else', async () => {
    const [name, crew] = columns;
    const remark: Column<Ship> = { title: 'REMARK', value: () => 'lost in the ice' };
    const [, line] = await renderTable(
      [{ ...name!, yields: 'late' }, crew!, remark],
      [{ name: 'A rather long name', crew: 1 }],
      {
        ...plain,
        width: 34,
      },
    );
    expect(line).toBe('A rather long name     1  lost in…');
  });

  it('counts the cells of a terminal, and halves no character', async () => {
    const ships = [
      { name: '不沉的船在海上', crew: 1 },
      { name: 'Fram', crew: 13 },
    ];
    expect(await renderTable(columns, ships, plain)).toEqual([
      'NAME            CREW',
      '不沉的船在海上     1',
      'Fram              13',
    ]);
    expect((await renderTable(columns, ships, { ...plain, width: 16 }))[1]).toBe('不沉的船…      1');
  });

  it('leaves eight characters of a column, however narrow the terminal', async () => {
    const [, line] = await renderTable(columns, [{ name: 'A name that goes on', crew: 1 }], { ...plain, width: 3 });
    expect(line).toBe('A name …     1');
  });

  it('lets no cell steer the terminal', async () => {
    const [, line] = await renderTable(columns, [{ name: '\x1b[2Jgone\n\u202e', crew: 1 }], plain);
    expect(line).toBe('\\u001b[2Jgone\\u000a\\u202e     1');
  });

  it('paints texts, not the blanks between them', async () => {
    const toned: readonly Column<Ship>[] = [
      { title: 'NAME', value: ({ name }) => name, tone: () => 'good' },
      ...columns,
    ];
    const paint = (text: string, tone: string) => `<${tone} ${text}>`;
    const [title, line] = await renderTable(toned, [{ name: 'Fram', crew: 13 }], { paint });
    expect(title).toBe('<strong NAME>  <strong NAME>  <strong CREW>');
    expect(line).toBe('<good Fram>  <plain Fram>    <plain 13>');
  });
});

describe('RowRenderer', () => {
  it('grows with the rows that come', () => {
    const renderer = new RowRenderer(
      [{ title: 'NAME', value: ({ name }: Ship) => name, width: 6 }, ...columns.slice(1)],
      plain,
    );
    expect(renderer.title()).toBe('NAME    CREW');
    expect(renderer.line({ name: 'Fram', crew: 13 })).toBe('Fram      13');
    expect(renderer.line({ name: 'Endurance', crew: 28 })).toBe('Endurance    28');
    expect(renderer.line({ name: 'Fram', crew: 13 })).toBe('Fram         13');
  });
});
