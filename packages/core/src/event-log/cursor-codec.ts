import { UnavailableError } from '../kernel/errors.js';
import type { Cursor } from './cursor-store.js';

export function encodeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor);
}

/** @throws UnavailableError for what is no cursor; it was damaged */
export function decodeCursor(name: string, text: string): Cursor {
  const cursor = tryDecodeCursor(name, text);
  if (cursor) return cursor;
  throw new UnavailableError(
    `how far the subscription ${name} has got cannot be read: delete it by force, and begin anew`,
    { details: { name } },
  );
}

export function tryDecodeCursor(name: string, text: string): Cursor | undefined {
  try {
    const cursor = JSON.parse(text) as Cursor;
    const isWhole = cursor.name === name && Number.isSafeInteger(cursor.position) && cursor.position >= 0;
    return isWhole ? cursor : undefined;
  } catch {
    return undefined;
  }
}
