import { InvalidArgumentError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { parseMountFlag, splitRootfsMounts } from '../../src/spec/mount-flag.js';

describe('a --mount flag', () => {
  it('has a type, a source, a target and options', () => {
    expect(parseMountFlag('type=bind,source=/a,target=/b,options=rbind:ro')).toEqual({
      type: 'bind',
      source: '/a',
      target: '/b',
      options: ['rbind', 'ro'],
    });
  });

  it.each([
    'type=bind,src=/a,dst=/b',
    'source=/a,destination=/b',
    'target=/b,source=/a',
    'src=/a,dst=/b/',
    'src=/a,dst=//b',
  ])('%s is a recursive bind of /a on /b', (text) => {
    expect(parseMountFlag(text)).toEqual({ type: 'bind', source: '/a', target: '/b', options: ['rbind'] });
  });

  it.each(['readonly', 'ro', 'ro=true', 'readonly=1', 'options=ro', 'ro,options=ro'])(
    '%s makes it read-only',
    (text) => {
      expect(parseMountFlag(`src=/a,dst=/b,${text}`).options).toEqual(['rbind', 'ro']);
    },
  );

  it('ro=false leaves it writable', () => {
    expect(parseMountFlag('src=/a,dst=/b,ro=false').options).toEqual(['rbind']);
  });

  it('keeps a plain bind plain', () => {
    expect(parseMountFlag('src=/a,dst=/b,options=bind:nosuid').options).toEqual(['bind', 'nosuid']);
  });

  it('keeps colons before a slash: the layers of an overlay', () => {
    const text = 'type=overlay,target=/,options=lowerdir=/a:/b:upperdir=/u:workdir=/w';
    expect(parseMountFlag(text)).toEqual({
      type: 'overlay',
      source: 'overlay',
      target: '/',
      options: ['lowerdir=/a:/b', 'upperdir=/u', 'workdir=/w'],
    });
  });

  it('needs no source for a file system without one', () => {
    expect(parseMountFlag('type=tmpfs,target=/tmp,options=size=64m')).toEqual({
      type: 'tmpfs',
      source: 'tmpfs',
      target: '/tmp',
      options: ['size=64m'],
    });
  });

  it.each([
    ['', /"" is not known; use type, source, target, options and readonly/],
    ['src=/a,dst=/b,volume-nocopy=true', /"volume-nocopy" is not known/],
    ['src=/a,dst=/b,constructor=x', /"constructor" is not known/],
    ['src=/a', /absolute target/],
    ['src=/a,dst=b', /absolute target/],
    ['dst=/b', /absolute source/],
    ['src=a,dst=/b', /absolute source/],
    ['src=/a,source=/c,dst=/b', /source is given twice/],
    ['src=/a,dst', /dst needs a value/],
    ['src=,dst=/b', /src is empty/],
    ['src=/a,dst=/b,ro=maybe', /readonly is true or false/],
  ])('%j is refused, with what is wrong and what to write', (text, message) => {
    expect(() => parseMountFlag(text)).toThrow(InvalidArgumentError);
    expect(() => parseMountFlag(text)).toThrow(message);
    expect(() => parseMountFlag(text)).toThrow(/write for example type=bind/);
  });
});

it('a mount on / is the root of the task, not a mount inside it', () => {
  const overlay = parseMountFlag('type=overlay,target=/,options=lowerdir=/a:/b');
  const data = parseMountFlag('src=/srv,dst=/data/..//data');
  expect(splitRootfsMounts([data, overlay, parseMountFlag('src=/x,dst=/..')])).toEqual({
    rootfs: [
      { ...overlay, target: '' },
      { type: 'bind', source: '/x', target: '', options: ['rbind'] },
    ],
    inside: [{ type: 'bind', source: '/srv', target: '/data', options: ['rbind'] }],
  });
});
