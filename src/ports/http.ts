import type { Observable } from 'rxjs';

/** How to reach a backend: read anew at each request, so that changed settings and swapped certificates count at once. */
export interface Transport {
  readonly verify: boolean;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
  /** Issued at registration; used where no files are configured. PEM. */
  readonly issued: { readonly certificate: string; readonly privateKey: string } | null;
  /** An HTTP proxy to go through, `http://` with its credentials. Default: none; the environment's are never used. */
  readonly proxy?: string;
  /** One deadline for the whole request, in ms. */
  readonly timeoutMs: number;
}

export interface HttpRequest {
  /** Names the request in errors and recordings: `push`, `config`, `register`, `refresh`, `health`. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly transport: Transport;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1 MiB of it. */
  readonly body: string;
  /** False where the connection ended before the body did. */
  readonly complete: boolean;
  /** Set where the request was sent before on a connection that ended without an answer: it may have been handled twice. */
  readonly resent?: true;
}

/** One request, one reply of any status (redirects are not followed). Errors are `TransportError` or `CertificateError`. */
export type Http = (request: HttpRequest) => Observable<HttpReply>;
