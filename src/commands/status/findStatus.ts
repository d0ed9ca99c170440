import {
  type Observable,
  asyncScheduler,
  catchError,
  defer,
  forkJoin,
  map,
  of,
  switchMap,
} from 'rxjs';
import { messageOf } from '../../errors.ts';
import { certificateValidity } from '../../io/certificateValidity.ts';
import { lockHolder } from '../../io/lock/lockHolder.ts';
import { asideList } from '../../io/spool/asideList.ts';
import { spoolOnDisk } from '../../io/spool/spoolOnDisk.ts';
import type { Ports } from '../../ports.ts';
import type { Identity, Jwt } from '../../ports/identity.ts';
import type { Config } from '../../schema/config.ts';
import type { Standing } from '../../schema/standing.ts';
import { ask } from '../ask.ts';
import { statusRequest } from '../tapRequest.ts';
import { tapSocketOf } from '../tapSocketOf.ts';
import type {
  CertificateReport,
  IdentityReport,
  SpoolReport,
  StatusReport,
} from './statusReport.ts';

/** Finds out how a collector does: what its files tell, and what the agent says where one runs. Changes nothing. */
export function findStatus(
  config: Config,
  ports: Pick<Ports, 'identity' | 'jwt'>,
): Observable<StatusReport> {
  const { state_dir } = config.collector;
  return defer(() => {
    const problems: string[] = [];
    /** A part that cannot be found out leaves the others. */
    function known<T>(part$: Observable<T>, otherwise: T): Observable<T> {
      return part$.pipe(
        catchError((error: unknown) => {
          problems.push(messageOf(error));
          return of(otherwise);
        }),
      );
    }
    const identified$ = known(
      defer(() => ports.identity.load()),
      null,
    ).pipe(
      switchMap((identity) =>
        forkJoin({
          identity: of(identity && identityReport(identity, ports.jwt)),
          certificates: known(certificates(config, identity), []),
        }),
      ),
    );
    return forkJoin({
      identified: identified$,
      spool: known(spool(state_dir), nothing),
      agent: defer(() => lockHolder(`${state_dir}/lock`)),
      // Undefined where `problems` tells already why it says nothing.
      running: known<Standing | null | undefined>(
        ask<Standing>(tapSocketOf(config), statusRequest),
        undefined,
      ),
    }).pipe(
      map(({ identified, ...found }) => ({
        at: new Date(asyncScheduler.now()).toISOString(),
        state_dir,
        ...identified,
        ...found,
        running: found.running ?? null,
        problems: [...problems, ...silent(config, found)],
      })),
    );
  });
}

function identityReport(identity: Identity, jwt: Jwt): IdentityReport {
  const { collectorId, formerIds = [], token, tokenArrivedAt, expiresAt } = identity;
  const { exp, iat } = jwt.decode(token) ?? {};
  const life = exp !== undefined && iat !== undefined ? (exp - iat) * 1_000 : null;
  return {
    collector_id: collectorId,
    former_ids: formerIds,
    token_expires_at: life === null ? expiresAt : new Date(tokenArrivedAt + life).toISOString(),
  };
}

function certificates(
  { tls }: Config,
  identity: Identity | null,
): Observable<readonly CertificateReport[]> {
  const { certificate = null, privateKey = null } = identity ?? {};
  return certificateValidity({
    certFile: tls.cert_file ?? null,
    keyFile: tls.key_file ?? null,
    caFile: tls.ca_file ?? null,
    issued: certificate !== null && privateKey !== null ? { certificate, privateKey } : null,
  }).pipe(
    map((validity) =>
      validity.map(({ name, until }) => ({ name, expires_at: new Date(until).toISOString() })),
    ),
  );
}

const nothing: SpoolReport = {
  ...{ payloads: 0, bytes: 0, oldest_at: null, ledger: null },
  set_aside: { dead: 0, suspect: 0, damaged: 0 },
};

function spool(stateDir: string): Observable<SpoolReport> {
  return forkJoin({ disk: spoolOnDisk(stateDir), aside: asideList(stateDir) }).pipe(
    map(({ disk, aside }) => {
      const count = (shelf: string): number => aside.filter((each) => each.shelf === shelf).length;
      const set_aside = {
        dead: count('dead'),
        suspect: count('suspect'),
        damaged: count('damaged'),
      };
      return { ...disk, set_aside };
    }),
  );
}

/** Why an agent that runs says nothing. */
function silent(
  { tap }: Config,
  { agent, running }: { readonly agent: unknown; readonly running: unknown },
): readonly string[] {
  if (agent === null || running !== null) return [];
  return [
    tap.enabled
      ? 'the agent does not answer: it starts or ends just now, or is of an older version'
      : 'the agent answers only where [tap] enabled = true: what it does is not known',
  ];
}
