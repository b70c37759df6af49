/**
 * Stands in the bundle for the package by which lmdb-js finds its native addon: that one looks for every name that the
 * file could have, on every platform, and takes longer than the loading itself.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

// biome-ignore lint/style/noDefaultExport: as the package has it
export default function load(): unknown {
  const lmdb = require.resolve('lmdb');
  const fromLmdb = createRequire(lmdb);
  const { platform, arch } = process;
  try {
    return fromLmdb(`@lmdb/lmdb-${platform}-${arch}/node.napi.glibc.node`);
  } catch {
    // Another C library, or built on this machine: lmdb-js knows.
    return fromLmdb('node-gyp-build-optional-packages')(dirname(dirname(lmdb)));
  }
}
