/** A service with a method of each kind, on wrappers of the well-known types, without any code generated for tests. */
import { create, createFileRegistry, type DescService } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt';

type Text = typeof StringValueSchema;

const method = (name: string, clientStreaming: boolean, serverStreaming: boolean) => ({
  name,
  inputType: '.google.protobuf.StringValue',
  outputType: '.google.protobuf.StringValue',
  clientStreaming,
  serverStreaming,
});

const file = create(FileDescriptorProtoSchema, {
  name: 'echo.proto',
  package: 'test',
  syntax: 'proto3',
  dependency: ['google/protobuf/wrappers.proto'],
  service: [
    {
      name: 'Echo',
      method: [
        method('Say', false, false),
        method('Missing', false, false),
        method('Repeat', false, true),
        method('Join', true, false),
        method('Chat', true, true),
      ],
    },
  ],
});

const registry = createFileRegistry(file, (name) =>
  name === 'google/protobuf/wrappers.proto' ? file_google_protobuf_wrappers.proto : undefined,
);

type Kind<K> = { methodKind: K; input: Text; output: Text };

export const Echo = registry.getService('test.Echo') as DescService as GenService<{
  say: Kind<'unary'>;
  missing: Kind<'unary'>;
  repeat: Kind<'server_streaming'>;
  join: Kind<'client_streaming'>;
  chat: Kind<'bidi_streaming'>;
}>;
