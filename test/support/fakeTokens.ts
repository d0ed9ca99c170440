import type { Claims, Jwt } from '../../src/ports/identity.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token without a signature worth the name; `jwtPort.decode` reads it. */
export const fakeToken = (claims: Claims & { readonly n?: number }): string =>
  `${encode({ alg: 'HS256' })}.${encode(claims)}.c2lnbmF0dXJl`;

/** Decodes in pure code, for virtual time. */
export const decodeFake: Jwt['decode'] = (token) => {
  const part = token.split('.')[1];
  if (part === undefined) return null;
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  } catch {
    return null;
  }
};
