import { TransportError } from '../errors.ts';

const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_.*|.*_CERT.*|ERR_NO_.*|ERR_PLAIN_HTTP|ERR_PROXY_.*|ERR_INVALID_URL|ERR_SSL.*|EPROTO|UNABLE_TO.*)$/;

/** Whether a request failed before its first byte went out: nothing can have come of it. */
export const neverSent = (error: unknown): boolean =>
  !(error instanceof TransportError) || NEVER_SENT.test(error.reason);
