import { InvalidArgumentError, NotImplementedError } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { socketPathOf } from '../src/address.js';

describe('an address', () => {
  test.each([
    ['unix:///run/containerd/s/abc', '/run/containerd/s/abc'],
    ['unix:/run/s', '/run/s'],
    ['/run/s', '/run/s'],
    ['ttrpc+unix:///run/s', '/run/s'],
    ['unix://\0containerd-shim/abc', '\0containerd-shim/abc'],
    ['@containerd-shim/abc', '\0containerd-shim/abc'],
  ])('%j is the socket %j', (address, path) => {
    expect(socketPathOf(address)).toBe(path);
  });

  test.each([
    ['grpc+unix:///run/s', NotImplementedError, 'speaks grpc'],
    ['vsock://2:1024', NotImplementedError, 'is no unix socket'],
    ['tcp://localhost:1', NotImplementedError, 'is no unix socket'],
    ['run/s', InvalidArgumentError, 'give the absolute path of a unix socket'],
    ['', InvalidArgumentError, 'give the absolute path of a unix socket'],
  ])('%j is refused', (address, error, why) => {
    expect(() => socketPathOf(address)).toThrow(error);
    expect(() => socketPathOf(address)).toThrow(why);
  });
});
