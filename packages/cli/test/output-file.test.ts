import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { writeOutputFile } from '../src/output-file.js';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-output-'));
  file = join(dir, 'out');
  onTestFinished(() => rmSync(dir, { recursive: true }));
});

describe('an output file', () => {
  it('is whole, and its owner’s alone', async () => {
    await writeOutputFile(file, ['a', Buffer.from('b')]);
    expect(readFileSync(file, 'utf8')).toBe('ab');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['out']);
  });

  it('takes no other file’s place', async () => {
    writeFileSync(file, 'precious');
    await expect(writeOutputFile(file, ['a'])).rejects.toThrow(`${file} is there already, and is not replaced`);
    await expect(writeOutputFile(file, ['a'], { mark: 'prefix' })).rejects.toThrow('is there already');
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(dir)).toEqual(['out']);
  });

  it('takes the place of one like it, and of any by force', async () => {
    writeFileSync(file, 'mark old');
    await writeOutputFile(file, ['mark new'], { mark: 'mark' });
    expect(readFileSync(file, 'utf8')).toBe('mark new');
    await writeOutputFile(file, ['forced'], { force: true });
    expect(readFileSync(file, 'utf8')).toBe('forced');
  });

  it('takes a link’s place, and leaves alone what it points to', async () => {
    writeFileSync(join(dir, 'target'), 'precious');
    symlinkSync(join(dir, 'target'), file);
    await writeOutputFile(file, ['new'], { force: true });
    expect(readFileSync(join(dir, 'target'), 'utf8')).toBe('precious');
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  it('never takes a folder’s place', async () => {
    mkdirSync(file);
    await expect(writeOutputFile(file, ['a'], { force: true })).rejects.toThrow('is there already');
  });

  it('says which folder is missing', async () => {
    const path = join(dir, 'none', 'out');
    await expect(writeOutputFile(path, ['a'])).rejects.toThrow(`there is no folder ${join(dir, 'none')}`);
  });

  it('leaves what was there where the making of it fails', async () => {
    writeFileSync(file, 'old');
    const failing = (function* () {
      yield 'half';
      throw new Error('the log is gone');
    })();
    await expect(writeOutputFile(file, failing, { force: true })).rejects.toThrow('the log is gone');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['out']);
  });
});
