import { spawnSync } from 'node:child_process';

/** Why bubblewrap cannot run on this host for a user; undefined if it can. */
export function whyNoSandbox(uid = process.getuid?.()): string | undefined {
  const { status, error, stderr } = spawnSync(
    'bwrap',
    ['--ro-bind', '/', '/', '--unshare-user', '--unshare-pid', 'true'],
    {
      ...{ uid, gid: uid, cwd: '/', encoding: 'utf8' },
    },
  );
  if (error) return 'bwrap is not installed: apt-get install bubblewrap';
  return status === 0 ? undefined : `bwrap cannot make a sandbox here: ${stderr.trim()}`;
}
