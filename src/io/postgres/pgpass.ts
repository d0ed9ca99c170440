import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { SecretError } from '../../errors.ts';

/** What a line of a password file is compared with. */
export interface PassTarget {
  /** Host name, address, or directory of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password of the first line `host:port:database:user:password` that fits; undefined where none does. `*` fits
 * everything; `\` takes the next character as it is; lines that start with `#` are comments. A socket's directory also
 * fits `localhost`, as libpq has it for its default directory.
 *
 * Specification: libpq, "The Password File".
 */
export function passEntry(text: string, target: PassTarget): string | undefined {
  const hosts = target.host.startsWith('/') ? [target.host, 'localhost'] : [target.host];
  const wanted = [hosts, [String(target.port)], [target.database], [target.user]];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const entry = fields(line);
    if (!entry) continue;
    const fits = wanted.every((any, index) => {
      const field = entry.names[index];
      return field?.raw === '*' || any.includes(field?.text ?? '');
    });
    if (fits) return entry.password;
  }
  return undefined;
}

interface Field {
  readonly raw: string;
  readonly text: string;
}

/** Four fields before unescaped colons; the password is the rest of the line. */
function fields(
  line: string,
): { readonly names: readonly Field[]; readonly password: string } | undefined {
  const names: Field[] = [];
  let start = 0;
  for (let at = 0; at < line.length && names.length < 4; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === ':') {
      const raw = line.slice(start, at);
      names.push({ raw, text: unescape(raw) });
      start = at + 1;
    }
  }
  return names.length === 4 ? { names, password: unescape(line.slice(start)) } : undefined;
}

const unescape = (text: string): string => text.replace(/\\(.)/gs, '$1');

/**
 * Looks a password up in a file of libpq's format; undefined where the file is missing or has none that fits. Rejects
 * with `SecretError` where group or world can access the file: libpq passes such a file over as well.
 */
export async function pgpass(path: string, target: PassTarget): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!file) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    if ((stat.mode & 0o077) !== 0) {
      throw new SecretError(`other users can access the password file ${path}: chmod 600 ${path}`);
    }
    return passEntry(await file.readFile('utf8'), target);
  } finally {
    await file.close();
  }
}
