import { type Observable, lastValueFrom, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import { logCircumstances } from '../../../src/sources/pg_log/logCircumstances.ts';
import { fakeHost } from '../../support/hostContext.ts';
import { fakeServer } from '../../support/serverContext.ts';

const settings = {
  ...{ logging_collector: 'on', log_destination: 'stderr', log_directory: '/log' },
  ...{ log_filename: 'x.log', lists: 'true', helper: 'false', pid: '7' },
};
/** A server that lists its files, and a host on which some paths are. */
const circumstances = (paths: readonly string[], code = 'ENOENT', set: object = {}) => {
  const server = fakeServer(({ name }) =>
    of(name === 'pg_log/newest' ? [['new.log']] : Object.entries({ ...settings, ...set })),
  );
  const host = fakeHost({
    device: (path): Observable<number> =>
      paths.includes(path)
        ? of(1)
        : throwError(() => new FileError(path, { cause: Object.assign(new Error(), { code }) })),
  });
  return lastValueFrom(logCircumstances(server, host));
};

describe('the circumstances of a log', () => {
  it('are that it is here where the newest file of the server is', async () => {
    expect(await circumstances(['/log', '/log/new.log'])).toMatchObject({
      visible: true,
      missing: false,
    });
  });

  it('are that it is elsewhere where the directory is here without that file, or not at all', async () => {
    for (const paths of [['/log'], []]) {
      expect(await circumstances(paths)).toMatchObject({ visible: false, missing: true });
    }
  });

  it('are open where this user may not look, or the role may not list', async () => {
    expect(await circumstances([], 'EACCES')).toMatchObject({ visible: false, missing: false });
    expect(await circumstances(['/log'], 'ENOENT', { lists: 'false' })).toMatchObject({
      visible: true,
    });
  });
});
