import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginImages, discardImages, draftOf, finishImages, hasAllImages, readImages } from '../src/images.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-images-'));
  path = join(folder, 'deep', 'images');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const note = { options: { openTcp: true }, outsideFolders: ['/root/.empty-directory'] };

describe('images', () => {
  test('have their name once they are whole, and say what their restore has to know', () => {
    beginImages(path, note);
    expect(existsSync(path)).toBe(false);
    expect(hasAllImages(draftOf(path))).toBe(false);
    writeFileSync(join(draftOf(path), 'inventory.img'), '');
    finishImages(path);
    expect(readImages(path)).toEqual(note);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'shiplog.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(draftOf(path))).toBe(false);
  });

  test('that came to nothing leave nothing, and what an attempt left is in nobody’s way', () => {
    beginImages(path, note);
    writeFileSync(join(draftOf(path), 'torn.img'), '');
    beginImages(path, note);
    expect(existsSync(join(draftOf(path), 'torn.img'))).toBe(false);
    discardImages(path);
    expect(existsSync(draftOf(path))).toBe(false);
  });

  test('are never made over what is there', () => {
    mkdirSync(path, { recursive: true });
    expect(() => beginImages(path, note)).toThrow(/is there already: name another folder/);
  });

  test('of another program are read without a note', () => {
    mkdirSync(path, { recursive: true });
    expect(() => readImages(path)).toThrow(/holds no checkpoint: there is no inventory.img in it/);
    writeFileSync(join(path, 'inventory.img'), '');
    expect(readImages(path).options).toEqual({});
    writeFileSync(join(path, 'shiplog.json'), '{');
    expect(() => readImages(path)).toThrow(/shiplog.json is damaged/);
  });
});
