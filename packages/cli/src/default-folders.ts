import { isAbsolute, join } from 'node:path';
import { NoHomeError } from './errors.js';
import { homeFolder } from './home-folder.js';

/**
 * The system's for root; for anybody else his own, where the XDG Base Directory Specification has it.
 *
 * @throws NoHomeError
 */
export function defaultRoot(env: NodeJS.ProcessEnv, uid = process.geteuid?.() ?? 0): string {
  if (uid === 0) return '/var/lib/shiplog';
  const home = homeFolder(env);
  const data = absolute(env.XDG_DATA_HOME) ?? (home && join(home, '.local', 'share'));
  if (data) return join(data, 'shiplog');
  throw new NoHomeError(uid);
}

/** Beside {@link defaultRoot}, and gone with a reboot. */
export function defaultState(env: NodeJS.ProcessEnv, uid = process.geteuid?.() ?? 0): string {
  if (uid === 0) return '/run/shiplog';
  const runtime = absolute(env.XDG_RUNTIME_DIR);
  // Somebody else may have taken the name in /tmp: then it is refused, for only its owner's is believed.
  return runtime ? join(runtime, 'shiplog') : `/tmp/shiplog-${uid}`;
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
