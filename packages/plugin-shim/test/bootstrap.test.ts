import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { BootstrapParamsSchema, BootstrapResultSchema } from '@shiplog/containerd-api';
import { describe, expect, test } from 'vitest';
import { parseStartReply, shimArgs, startInput, stdinFormOf } from '../src/bootstrap.js';

const text = (value: string) => Buffer.from(value);
const said = (version: string, revision = 'abc') =>
  `containerd-shim-runc-v2:\n  Version:  ${version}\n  Revision: ${revision}\n  Go version: go1.24\n`;

describe('what a shim printed at its start', () => {
  test.each([
    ['a plain address', text('unix:///run/s\n'), { address: 'unix:///run/s', protocol: 'ttrpc', version: undefined }],
    ['a path', text('/run/s'), { address: '/run/s', protocol: 'ttrpc', version: undefined }],
    [
      'JSON',
      text('{"version":2,"address":"unix:///run/s","protocol":"ttrpc"}'),
      { address: 'unix:///run/s', protocol: 'ttrpc', version: 2 },
    ],
    [
      'JSON of another protocol',
      text('{"version":3,"address":"unix:///run/s","protocol":"grpc"}\n'),
      { address: 'unix:///run/s', protocol: 'grpc', version: 3 },
    ],
    [
      'JSON of a version to come',
      text('{"version":4,"address":"unix:///run/s"}'),
      { address: 'unix:///run/s', protocol: 'ttrpc', version: 3 },
    ],
    [
      'a message',
      toBinary(
        BootstrapResultSchema,
        create(BootstrapResultSchema, { version: 3, address: 'unix:///run/s', protocol: 'ttrpc' }),
      ),
      { address: 'unix:///run/s', protocol: 'ttrpc', version: 3 },
    ],
    [
      'a message whose last byte is a newline',
      toBinary(BootstrapResultSchema, create(BootstrapResultSchema, { version: 3, address: 'unix:///run/s\n' })),
      { address: 'unix:///run/s\n', protocol: 'ttrpc', version: 3 },
    ],
  ])('%s is an address', (_form, printed, bootstrap) => {
    expect(parseStartReply(printed)).toEqual(bootstrap);
  });

  test.each([
    ['nothing', text('')],
    ['words', text('cannot start\n')],
    ['no JSON', text('{"address":')],
    ['JSON without an address', text('{"version":3}')],
    ['JSON whose address is a number', text('{"address":7}')],
    ['a message without an address', toBinary(BootstrapResultSchema, create(BootstrapResultSchema, { version: 3 }))],
  ])('%s is none', (_form, printed) => {
    expect(() => parseStartReply(printed)).toThrow(/the shim printed/);
  });
});

describe('what a shim reads at its start', () => {
  const flags = { namespace: 'default', id: 'web', address: '/run/events', publishBinary: '/bin/true' };
  const options = { typeUrl: 'containerd.runc.v1.Options', value: new Uint8Array([58, 1, 97]) };

  test.each([
    ['1.6.20~ds1', 'options'],
    ['1.7.24', 'options'],
    ['2.2.0', 'options'],
    ['v2.3.0', 'params'],
    ['2.10.1', 'params'],
    ['3.0.0', 'params'],
  ])('is by its version: %s takes %s', (version, form) => {
    expect(stdinFormOf(said(version))).toBe(form);
  });

  test('is options for a shim that is not made with containerd, whatever its version', () => {
    for (const words of ['', 'runsc version 5.0.0', '  Version: 9.9.9\n']) expect(stdinFormOf(words)).toBe('options');
  });

  test('is an Any of its options, or nothing', () => {
    expect(fromBinary(AnySchema, startInput('options', flags, options))).toMatchObject(options);
    expect(startInput('options', flags, undefined)).toHaveLength(0);
  });

  test('is who it is for, and its options in an extension', () => {
    expect(fromBinary(BootstrapParamsSchema, startInput('params', flags, options))).toMatchObject({
      instanceId: 'web',
      namespace: 'default',
      version: 3,
      containerdTtrpcAddress: '/run/events',
      extensions: [{ value: options }],
    });
    expect(fromBinary(BootstrapParamsSchema, startInput('params', flags, undefined)).extensions).toEqual([]);
  });

  test('comes with flags, and the action as the last word', () => {
    const args = shimArgs(flags, 'delete', ['-bundle', '/run/b']);
    expect(args).toEqual(
      '-namespace default -address /run/events -publish-binary /bin/true -id web -bundle /run/b delete'.split(' '),
    );
  });
});
