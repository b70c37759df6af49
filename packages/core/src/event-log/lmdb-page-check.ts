/**
 * Whether the pages of `data.mdb` hang together. LMDB believes what it finds in them: a page that is not there, or an offset that
 * points out of one, ends the process; a key out of order hides others; and a page that is in use and listed as free is written
 * over by the next append. So whoever has reason for doubt looks here first.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type MetaPage, readMetaPage, readMetaPages } from './lmdb-meta-pages.js';
import { PageCheck } from './lmdb-pages.js';

const attempts = 5;

/** What is wrong with the first page that is; undefined where all hang together. @throws what the file system does */
export function pageFault(path: string): string | undefined {
  return faultIn(path, (file, [newer, older]) => {
    // The one before is whole, too, until the next one is there: so no other state passes for it.
    return turnFault(newer, older) ?? new PageCheck(file, older).roots() ?? new PageCheck(file, newer).all();
  });
}

/** The same of the roots of all tables, which lead LMDB to everything else: it takes no longer for a larger file. */
export function rootFault(path: string): string | undefined {
  return faultIn(path, (file, [newer]) => new PageCheck(file, newer).roots());
}

/** Whether the file is shorter than its newest state; it may be, where nothing is on its last pages. */
export function isShort(path: string): boolean | undefined {
  const file = openSync(path, constants.O_RDONLY);
  try {
    const meta = readMetaPage(file);
    return meta && fstatSync(file).size < (meta.lastPage + 1) * meta.pageSize;
  } finally {
    closeSync(file);
  }
}

type Metas = NonNullable<ReturnType<typeof readMetaPages>>;

function faultIn(path: string, look: (file: number, metas: Metas) => string | undefined): string | undefined {
  const file = openSync(path, constants.O_RDONLY);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const metas = readMetaPages(file);
      if (!metas) return 'its first two pages are not those of a log';
      const fault = look(file, metas);
      if (fault === undefined) return undefined;
      // Where somebody writes meanwhile, pages of the states that were looked at are used again.
      if (readMetaPage(file)?.transaction === metas[0].transaction) return fault;
      if (attempt === attempts) return undefined;
    }
  } finally {
    closeSync(file);
  }
}

/** Transaction n writes the first page if n is even, the second one if not: so there are the last two, or none yet. */
function turnFault(newer: MetaPage, older: MetaPage): string | undefined {
  const isNew = newer.transaction === 0 && older.transaction === 0;
  if (isNew || newer.transaction - older.transaction === 1) return undefined;
  return `it ends with transactions ${older.transaction} and ${newer.transaction}`;
}
