import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveUser } from '../../src/spec/user.js';

let dir: string;
let rootfs: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-user-'));
  rootfs = join(dir, 'rootfs');
  mkdirSync(join(rootfs, 'etc'), { recursive: true });
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    [
      'root:x:0:0:root:/root:/bin/sh',
      'damaged line',
      'web:x:33:34:Web, Server:/var/www:/bin/sh',
      'bare:x:70:71::',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(rootfs, 'etc/group'),
    ['root:x:0:', 'web:x:34:web', 'audio:x:29:bare,web', 'docker:x:101:web', 'bad:x:99999999999:web', ''].join('\n'),
  );
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a user', () => {
  it('by name has its group, its further groups and its home', () => {
    expect(resolveUser('web', rootfs)).toEqual({
      user: { uid: 33, gid: 34, additionalGids: [29, 101] },
      home: '/var/www',
    });
  });

  it('by a number that the root knows is the same user', () => {
    expect(resolveUser('33', rootfs)).toEqual(resolveUser('web', rootfs));
  });

  it('by a number that the root does not know has group 0 and no home', () => {
    expect(resolveUser('1000', rootfs)).toEqual({ user: { uid: 1000, gid: 0 }, home: undefined });
  });

  it('with a group has that group alone', () => {
    expect(resolveUser('web:audio', rootfs)).toEqual({ user: { uid: 33, gid: 29 }, home: '/var/www' });
    expect(resolveUser('1000:1001', rootfs)).toEqual({ user: { uid: 1000, gid: 1001 }, home: undefined });
  });

  it('may have no home', () => {
    expect(resolveUser('bare', rootfs)).toEqual({ user: { uid: 70, gid: 71, additionalGids: [29] }, home: undefined });
  });

  it('may be a number where there is no root yet', () => {
    expect(resolveUser('1000:1001', '').user).toEqual({ uid: 1000, gid: 1001 });
    expect(() => resolveUser('web', '')).toThrow(/write its number instead/);
  });

  it.each(['', ':', 'web:', ':web', 'a:b:c'])('%j is malformed', (text) => {
    expect(() => resolveUser(text, rootfs)).toThrow(/write USER or USER:GROUP/);
  });

  it.each([
    ['nobody', /user "nobody" is not known: .*\/etc\/passwd has none; write its number/],
    ['web:nobody', /group "nobody" is not known: .*\/etc\/group has none; write its number/],
    ['4294967295', /at most 4294967294/],
    ['0:99999999999', /at most 4294967294/],
    ['-1', /not known/],
  ])('%s is refused', (text, message) => {
    expect(() => resolveUser(text, rootfs)).toThrow(InvalidArgumentError);
    expect(() => resolveUser(text, rootfs)).toThrow(message);
  });
});

describe('a root file system that nobody vouches for', () => {
  const plant = (content: string) => {
    rmSync(join(rootfs, 'etc/passwd'));
    writeFileSync(join(dir, 'secret'), content);
  };

  it.each(['../../secret', '/../../../secret', '../../../../../../../../secret'])(
    'cannot lead out of itself by %s',
    (link) => {
      plant('web:x:1:1::/:');
      symlinkSync(link, join(rootfs, 'etc/passwd'));
      expect(() => resolveUser('web', rootfs)).toThrow(/not known/);
    },
  );

  it('cannot lead out of itself by a folder that is a link', () => {
    rmSync(join(rootfs, 'etc'), { recursive: true });
    mkdirSync(join(dir, 'etc'));
    writeFileSync(join(dir, 'etc/passwd'), 'web:x:1:1::/:');
    symlinkSync('../etc', join(rootfs, 'etc'));
    expect(() => resolveUser('web', rootfs)).toThrow(InvalidArgumentError);
  });

  it('may have links within itself, as if it were /', () => {
    plant('');
    mkdirSync(join(rootfs, 'static'));
    writeFileSync(join(rootfs, 'static/passwd'), 'web:x:5:6::/:');
    symlinkSync('/static/passwd', join(rootfs, 'etc/passwd'));
    expect(resolveUser('web', rootfs).user).toEqual({ uid: 5, gid: 6, additionalGids: [34, 29, 101] });
  });

  it('cannot go in circles', () => {
    plant('');
    symlinkSync('passwd', join(rootfs, 'etc/passwd'));
    expect(() => resolveUser('web', rootfs)).toThrow(/too many links/);
  });

  it('cannot hold us up with a fifo', () => {
    plant('');
    execFileSync('mkfifo', [join(rootfs, 'etc/passwd')]);
    expect(() => resolveUser('web', rootfs)).toThrow(/is not a file/);
  });

  it('cannot fill our memory', () => {
    plant('');
    writeFileSync(join(rootfs, 'etc/passwd'), 'x'.repeat(5 * 2 ** 20));
    expect(() => resolveUser('web', rootfs)).toThrow(/larger than/);
  });
});
