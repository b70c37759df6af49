import { lstatSync, readdirSync } from 'node:fs';
import { isMissing } from './small-file.js';

/**
 * The folders in a folder whose names are identifiers, in the order of those names; none if it is not there. What else lies
 * there is our own (it begins with a dot) or nobody's, and hides nothing (P8). Links are not followed, here and there.
 *
 * @param parse throws for what is no such identifier
 */
export function identifiersIn<T extends string>(path: string, parse: (text: string) => T): readonly T[] {
  return foldersIn(path)
    .flatMap((name) => {
      try {
        return [parse(name)];
      } catch {
        return [];
      }
    })
    .sort();
}

function foldersIn(path: string): readonly string[] {
  try {
    if (!lstatSync(path).isDirectory()) return [];
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
