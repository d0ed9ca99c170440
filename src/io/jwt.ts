import { SignJWT, decodeJwt } from 'jose';
import { Observable } from 'rxjs';
import { SecretError } from '../errors.ts';
import type { Claims, Jwt } from '../ports/identity.ts';
import { readSecret } from './secretFile.ts';

/** HS256 needs a key as long as its digest (RFC 7518, 3.2). jose accepts shorter ones; we do not. */
const MIN_SECRET_BYTES = 32;

/** JSON Web Tokens, compact, HS256, base64url without padding. */
export const jwt: Jwt = {
  sign: (claims, secretFile) =>
    new Observable((subscriber) => {
      sign(claims, secretFile).then(
        (token) => {
          subscriber.next(token);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
    }),
  decode(token) {
    try {
      return decodeJwt(token);
    } catch {
      return null;
    }
  },
};

async function sign(claims: Claims, path: string): Promise<string> {
  const secret = await readSecret(path);
  if (secret.length < MIN_SECRET_BYTES) {
    throw new SecretError(
      `the signing secret in ${path} has ${secret.length} bytes; HS256 needs at least ${MIN_SECRET_BYTES}: ` +
        `openssl rand -hex 32 > ${path}`,
    );
  }
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret);
}
