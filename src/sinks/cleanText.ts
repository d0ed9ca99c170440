/** Longest text kept of what a backend says, in characters. */
const MAX_LENGTH = 500;

/**
 * A text from outside that is safe to log: bounded, without control characters, without any of the secrets (a server may
 * echo the token that it refuses). Of a token its signature alone is masked too.
 */
export function cleanText(text: string, secrets: readonly string[]): string {
  const masked = secrets
    .flatMap((secret) => [secret, secret.split('.')[2] ?? ''])
    .filter((secret) => secret.length >= 8)
    .reduce((left, secret) => left.replaceAll(secret, '***'), text);
  // C0, C1 and the characters that turn the direction of text.
  return masked
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .slice(0, MAX_LENGTH);
}
