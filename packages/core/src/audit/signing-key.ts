/** The key that signs checkpoints: a file in PKCS #8 PEM, as `openssl genpkey -algorithm ed25519` writes it. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailedPreconditionError, InvalidArgumentError, NotFoundError, UnavailableError } from '../kernel/errors.js';
import { storageCodeOf, storageProblem, syncPath } from '../kernel/storage.js';

/** In the root folder. */
export const signingKeyFile = 'checkpoint-key.pem';

const openToOthers = 0o077;

/**
 * @throws NotFoundError if it is not there
 * @throws FailedPreconditionError if others may read it
 * @throws InvalidArgumentError if it holds no Ed25519 key
 */
export function readSigningKey(path: string): KeyObject {
  const pem = readPrivate(path);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new InvalidArgumentError(`${path} holds no private key in PEM`, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new InvalidArgumentError(`${path} holds a key of type ${key.asymmetricKeyType}: checkpoints take ed25519`);
}

function readPrivate(path: string): string {
  try {
    const { mode } = statSync(path);
    if ((mode & openToOthers) !== 0) {
      throw new FailedPreconditionError(`the key ${path} is open to others: \`chmod 600\` it, or make a new one`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof FailedPreconditionError) throw error;
    if (storageCodeOf(error) === 'ENOENT') throw new NotFoundError(`there is no key ${path}`, { cause: error });
    throw new UnavailableError(`cannot read the key ${path}: ${storageProblem(error, 'key')}`, { cause: error });
  }
}

/** The same, made (0600 from its first byte) where it is not there; whoever is first makes it for all. */
export function ensureSigningKey(path: string): KeyObject {
  try {
    return readSigningKey(path);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  const whole = join(dirname(path), `.${signingKeyFile}.${randomUUID()}`);
  try {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(whole, pem, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(whole, path);
    syncPath(dirname(path));
  } catch (error) {
    if (storageCodeOf(error) !== 'EEXIST') {
      throw new UnavailableError(`cannot make the key ${path}: ${storageProblem(error, 'root')}`, { cause: error });
    }
  } finally {
    rmSync(whole, { force: true });
  }
  return readSigningKey(path);
}
