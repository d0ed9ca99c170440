import { spawn, spawnSync } from 'node:child_process';

/** Ends the server of a folder, which must be the one named in its command line, and removes the folder. Touches no other. */
const cleanUp = `
case "$1" in */pgdev-*) ;; *) exit 1 ;; esac
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && { cat "/proc/$pid/cmdline" 2>/dev/null || ps -o args= -p "$pid"; } | grep -qaF "$1"; then
  kill -QUIT "$pid"
  n=0
  while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 60 ]; do sleep 0.05; n=$((n + 1)); done
  [ -e "$1/data/postmaster.pid" ] && kill -KILL "$pid"
fi
rm -rf "$1"
`;

/**
 * Sees to it that the server below `folder` and the folder itself do not outlive this process, however it ends: on
 * `exit` at once, and after a signal or a crash by a waiting shell that notices the end of its input.
 *
 * @returns revokes it, for when the server has been stopped properly.
 */
export function lastWill(folder: string): () => void {
  const onExit = () => void spawnSync('/bin/sh', ['-c', cleanUp, 'sh', folder]);
  process.on('exit', onExit);
  const heir = spawn('/bin/sh', ['-c', `read -r revoked && exit 0\n${cleanUp}`, 'sh', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  heir.on('error', () => undefined);
  heir.stdin.on('error', () => undefined);
  heir.unref();
  (heir.stdin as unknown as { unref(): void }).unref();
  return () => {
    process.off('exit', onExit);
    heir.stdin.end('revoked\n');
  };
}
