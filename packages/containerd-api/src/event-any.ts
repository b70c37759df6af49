import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';

/** What an envelope carries: the type's name is as Go writes it, without a host in front. */
export function eventAny<M extends DescMessage>(schema: M, event: MessageInitShape<M>): Any {
  return { ...anyPack(schema, create(schema, event)), typeUrl: schema.typeName };
}
