import type { Sha256 } from '../kernel/identifiers.js';
import { sha256Of, type TypedAny } from '../kernel/typed-any.js';
import type { BlobRef } from '../task/events.js';

/** How the log refers to a value that it stores apart. */
export function blobRef(any: TypedAny): BlobRef & { readonly sha256: Sha256 } {
  return { typeUrl: any.typeUrl, sha256: sha256Of(any.value) };
}
