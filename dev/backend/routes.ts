import type { Handler } from './call.ts';
import type { Endpoint } from './received.ts';
import { config } from './routes/config.ts';
import { health } from './routes/health.ts';
import { push } from './routes/push.ts';
import { refreshToken } from './routes/refreshToken.ts';
import { register } from './routes/register.ts';
import { version } from './routes/version.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Without the base path; a `:` stands for one part that is the call's parameter. */
  readonly path: string;
  readonly endpoint: Endpoint;
  /** `token`: a valid token and a client certificate are demanded. */
  readonly rights: 'none' | 'token';
  readonly limited: boolean;
  readonly handle: Handler;
}

const basePath = '/api/v1';

const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/collectors/register',
    endpoint: 'register',
    rights: 'none',
    limited: true,
    handle: register,
  },
  {
    method: 'POST',
    path: '/collectors/refresh-token',
    endpoint: 'refresh',
    rights: 'token',
    limited: true,
    handle: refreshToken,
  },
  {
    method: 'POST',
    path: '/metrics/push',
    endpoint: 'push',
    rights: 'token',
    limited: true,
    handle: push,
  },
  {
    method: 'GET',
    path: '/config/:',
    endpoint: 'config',
    rights: 'token',
    limited: true,
    handle: config,
  },
  {
    method: 'GET',
    path: '/health',
    endpoint: 'health',
    rights: 'none',
    limited: false,
    handle: health,
  },
  {
    method: 'GET',
    path: '/version',
    endpoint: 'version',
    rights: 'none',
    limited: false,
    handle: version,
  },
];

/** The route of a request and its parameter; undefined where there is none. */
export function route(
  method: string,
  path: string,
): { readonly route: Route; readonly parameter: string } | undefined {
  for (const each of routes) {
    if (each.method !== method) continue;
    const whole = basePath + each.path;
    if (whole === path) return { route: each, parameter: '' };
    const prefix = whole.slice(0, -1);
    const parameter = path.slice(prefix.length);
    if (whole.endsWith(':') && path.startsWith(prefix) && /^[^/]+$/.test(parameter)) {
      return { route: each, parameter: decodeURIComponent(parameter) };
    }
  }
  return undefined;
}
