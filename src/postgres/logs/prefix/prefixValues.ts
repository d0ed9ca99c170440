import type { Escape } from './prefixTokens.ts';

/** Whose line it is, and of what kind: asked of each line. */
export interface LineOrigin {
  /** `%c`, else `%p`, else empty. */
  readonly session: string;
  readonly sqlstate: string | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
}

/** What else a prefix tells, as an entry has it. */
export interface PrefixFields {
  readonly pid: number | undefined;
  readonly application_name: string | undefined;
  readonly session_id: string | undefined;
  readonly backend_type: string | undefined;
  readonly line_num: number | undefined;
  readonly query_id: string | undefined;
  readonly client_addr: string | undefined;
}

/** Gives the value of an escape in a line; undefined where it has none. */
export type ValueOf = (escape: Escape) => string | undefined;

/** Takes from a prefix whose line it is. */
export const originOf = (valueOf: ValueOf): LineOrigin => ({
  session: valueOf('c') ?? valueOf('p') ?? '',
  sqlstate: valueOf('e'),
  database: valueOf('d'),
  user: valueOf('u'),
});

/** Takes from a prefix what else it tells. */
export function fieldsOf(valueOf: ValueOf): PrefixFields {
  const [pid, line, query] = [valueOf('p'), valueOf('l'), valueOf('Q')];
  return {
    pid: pid === undefined ? undefined : Number(pid),
    application_name: valueOf('a'),
    session_id: valueOf('c'),
    backend_type: valueOf('b'),
    line_num: line === undefined ? undefined : Number(line),
    query_id: query === '0' ? undefined : query,
    client_addr: valueOf('h') ?? valueOf('r')?.replace(/\(\d{1,5}\)$/, ''),
  };
}
