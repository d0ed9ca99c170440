/**
 * The program of the child process that asks network and FUSE file systems for their space; for `node -e`, so that it
 * needs no file beside a bundled agent.
 *
 * Gets mounts as messages and answers `{mount, stats}` or `{mount, error}`. Ends with its parent, by SIGKILL, since an
 * ordinary exit would wait for a thread that hangs.
 */
export const spaceScript = `'use strict';
const { statfs } = require('node:fs');
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (mount) => {
  statfs(mount, { bigint: true }, (error, stats) => {
    if (!process.connected) return;
    if (error) return process.send({ mount, error: error.message });
    const entries = Object.entries(stats).map(([name, value]) => [name, String(value)]);
    process.send({ mount, stats: Object.fromEntries(entries) });
  });
});
`;
