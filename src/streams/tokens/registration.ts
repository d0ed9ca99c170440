import { type Observable, asyncScheduler, concatMap, defer, map } from 'rxjs';
import { type RefusedError, SecretError, TransportError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { HttpReply } from '../../ports/http.ts';
import type { Identity } from '../../ports/identity.ts';
import type { Config } from '../../schema/config.ts';
import { keyFits } from '../../schema/keyFits.ts';
import { backendRequest } from '../../sinks/backendRequest.ts';
import { answerOf, refusal, textField } from './answer.ts';

export interface RegistrationOptions {
  readonly config: Pick<Config, 'backend' | 'tls' | 'auth' | 'collector'>;
  readonly ports: Pick<Ports, 'http' | 'jwt' | 'secret'>;
  /** How this host is called; also the collector's name where `[collector] id` is not set. */
  readonly hostname: string;
  readonly version: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Registers this collector: `POST /collectors/register`. Each success makes a new collector at the backend.
 *
 * The answer is checked, not stored: the id is a UUID, the token a JWT, the key fits the certificate.
 *
 * Errors: `SecretError` (no or unreadable registration secret), `RefusedError` (the backend says no, or its answer cannot
 * be used: then `status` is 2xx), `TransportError`.
 */
export function registration({
  config,
  ports,
  hostname,
  version,
}: RegistrationOptions): Observable<Identity> {
  return defer(() => {
    const file = config.auth.registration_secret_file;
    if (file === undefined) {
      throw new SecretError(
        'this collector is not registered: set [auth] registration_secret_file to the file with the secret of the backend',
      );
    }
    refuseRemotePlainHttp(config.backend.url);
    return ports.secret(file).pipe(
      concatMap((bytes) => {
        const secret = Buffer.from(bytes).toString('latin1');
        const name = config.collector.id ?? hostname;
        const request = backendRequest(config, {
          name: 'register',
          method: 'POST',
          path: '/collectors/register',
          headers: {
            'Content-Type': 'application/json',
            'X-Registration-Secret': secret,
          },
          body: Buffer.from(JSON.stringify({ name, hostname, version })),
          issued: null,
          version,
        });
        return ports
          .http(request)
          .pipe(
            map((reply) => identityOf(answerOf('register', reply, [secret]), reply, ports.jwt)),
          );
      }),
    );
  });
}

/** The answer holds a private key. */
function refuseRemotePlainHttp(url = ''): void {
  if (!url.startsWith('http:') || !URL.canParse(url)) return;
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)) return;
  throw new TransportError(
    'ERR_PLAIN_HTTP',
    'register: over plain HTTP only an address of this host will do: the answer holds a private key',
  );
}

function identityOf(answer: object, { status }: HttpReply, jwt: Ports['jwt']): Identity {
  const collectorId = textField(answer, 'collector_id');
  const token = textField(answer, 'token');
  const certificate = textField(answer, 'certificate');
  const privateKey = textField(answer, 'private_key');
  const unusable = (what: string): RefusedError =>
    refusal(status, `the backend's answer to the registration cannot be used: ${what}`);
  if (collectorId === null || !UUID.test(collectorId)) throw unusable('collector_id is no UUID');
  if (token === null || jwt.decode(token) === null) throw unusable('token is no JWT');
  if ((certificate === null) !== (privateKey === null)) {
    throw unusable('certificate and private_key do not come together');
  }
  if (certificate !== null && privateKey !== null && !keyFits(certificate, privateKey)) {
    throw unusable('private_key is not the key of certificate');
  }
  return {
    collectorId,
    token,
    registeredAt: asyncScheduler.now(),
    tokenArrivedAt: asyncScheduler.now(),
    expiresAt: textField(answer, 'expires_at'),
    certificate,
    privateKey,
  };
}
