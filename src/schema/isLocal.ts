/** Whether an address means this host: a Unix socket's directory, `localhost`, or a loopback address. */
export const isLocal = (host: string): boolean =>
  host.startsWith('/') || host === 'localhost' || host === '::1' || LOOPBACK.test(host);

const LOOPBACK = /^127(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
