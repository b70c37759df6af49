import { InvalidArgumentError } from './errors.js';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** A task's name within its namespace. Minted by {@link parseTaskId} only. */
export type TaskId = Branded<string, 'TaskId'>;
/** The name of an extra process within its task. Minted by {@link parseExecId} only. */
export type ExecId = Branded<string, 'ExecId'>;
/** Separates tenants: tasks of one name in two namespaces never meet. Minted by {@link parseNamespace} only. */
export type Namespace = Branded<string, 'Namespace'>;
/** `io.containerd.NAME.VERSION`, or the absolute path of a shim. Minted by {@link parseRuntimeId} only. */
export type RuntimeId = Branded<string, 'RuntimeId'>;
/** Tells a cursor from others of its log. Minted by {@link parseSubscriptionName} only. */
export type SubscriptionName = Branded<string, 'SubscriptionName'>;
/** A lower-case hexadecimal SHA-256. */
export type Sha256 = Branded<string, 'Sha256'>;

/** As containerd's `pkg/identifiers`. */
export const maxIdentifierLength = 76;
const identifier = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const runtimeName = /^io\.containerd(?:\.[a-z0-9][a-z0-9-]*)+\.v[0-9]+$/;
const absolutePath = /^\/[^\0]+$/;
const sha256 = /^[0-9a-f]{64}$/;

function parseIdentifier(what: string, text: string): string {
  if (text.length > maxIdentifierLength) {
    throw new InvalidArgumentError(
      `${what} is too long: it has ${text.length} characters, at most ${maxIdentifierLength} are allowed`,
      { details: { what, length: text.length } },
    );
  }
  if (!identifier.test(text)) {
    throw new InvalidArgumentError(
      `${what} ${JSON.stringify(text)} is not valid: use letters and digits, with single '.', '_' or '-' between them`,
      { details: { what, value: text } },
    );
  }
  return text;
}

/** @throws InvalidArgumentError unless the text is a containerd identifier of at most 76 characters. */
export function parseTaskId(text: string): TaskId {
  return parseIdentifier('task ID', text) as TaskId;
}

/** @throws InvalidArgumentError unless the text is a containerd identifier of at most 76 characters. */
export function parseExecId(text: string): ExecId {
  return parseIdentifier('exec ID', text) as ExecId;
}

/** @throws InvalidArgumentError unless the text is a containerd identifier of at most 76 characters. */
export function parseNamespace(text: string): Namespace {
  return parseIdentifier('namespace', text) as Namespace;
}

/** @throws InvalidArgumentError unless the text is a containerd identifier of at most 76 characters. */
export function parseSubscriptionName(text: string): SubscriptionName {
  return parseIdentifier('subscription', text) as SubscriptionName;
}

export const defaultNamespace = parseNamespace('default');

/** @throws InvalidArgumentError unless the text is `io.containerd.NAME.vN` or an absolute path. */
export function parseRuntimeId(text: string): RuntimeId {
  if (!runtimeName.test(text) && !absolutePath.test(text)) {
    throw new InvalidArgumentError(
      `runtime ${JSON.stringify(text)} is not valid: give an ID such as io.containerd.runc.v2, or the full path of a shim`,
      { details: { what: 'runtime', value: text } },
    );
  }
  return text as RuntimeId;
}

/** @throws InvalidArgumentError unless the text is 64 lower-case hexadecimal digits. */
export function parseSha256(text: string): Sha256 {
  if (!sha256.test(text)) throw new InvalidArgumentError(`${JSON.stringify(text)} is not a SHA-256`);
  return text as Sha256;
}
