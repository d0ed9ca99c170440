const parameter =
  /\b(password|passwd|passfile|sslpassword)(\s?[=:]\s?)(?:'(?:[^'\\]|\\.|'')*'?|[^\s,;)'"]+)/gi;
const url = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"']{1,400}@/gi;

/** Takes passwords out of connection strings, in both their forms: `host=x password=y`, `postgres://user:y@host`. */
export function maskSecrets(text: string): string {
  let masked = text;
  if (/pass/i.test(text)) masked = masked.replace(parameter, '$1$2?');
  if (text.includes('://')) masked = masked.replace(url, '$1?@');
  return masked;
}
