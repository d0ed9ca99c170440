import { type Observable, catchError, concatMap, take, throwError } from 'rxjs';
import { TransportError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { Config } from '../../schema/config.ts';
import type { OtherClocks } from './otherClocks.ts';

/** Adds to the error of a certificate that is refused for its dates whether this host's clock is at fault. */
export function judgedDates(
  { http }: Pick<Ports, 'http'>,
  clocks: OtherClocks,
  config$: Observable<Pick<Config, 'postgres'>>,
): Pick<Ports, 'http'> {
  function judged(error: unknown): Observable<never> {
    if (!(error instanceof TransportError) || !DATES.test(error.reason)) {
      return throwError(() => error as Error);
    }
    return config$.pipe(
      take(1),
      concatMap(({ postgres }) => {
        const verdict = clocks.judge(error.reason === 'CERT_HAS_EXPIRED', postgres);
        return throwError(() => new TransportError(error.reason, `${error.message}; ${verdict}`));
      }),
    );
  }
  const port: Pick<Ports, 'http'> = {
    http: (request) => http(request).pipe(catchError(judged)),
  };
  return port;
}

const DATES = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/;
