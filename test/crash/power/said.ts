/** What a writer says that it has been told, each thing as soon as it was: from then on somebody relies on it. */
import type { Receipt } from '@shiplog/core';

export type Said =
  | { readonly receipt: Receipt }
  /** A note that was signed and kept. */
  | { readonly note: string }
  /** The verifier key of the root's own signing key. */
  | { readonly key: string }
  | { readonly shredded: readonly string[] }
  /** The position up to which records are in files. */
  | { readonly archived: number }
  /** Names in the folder of a checkpoint, and the SHA-256 of what they hold. */
  | { readonly checkpoint: string; readonly files: Readonly<Record<string, string>> };
